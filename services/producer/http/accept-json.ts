import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { OverLimit } from '../core/application-limits';
import type { HttpApp } from './http-app';
import { HttpRefusal, refuseOver } from './http-errors';
import { countNames, findRepeatedName, MOST_VALUES, measureJson } from './json-shape';

const LONGEST_SHOWN = 64;

/** Resolves when the body of a `/v1` request may be parsed, or to the limit that it exceeds. */
export type AdmitBody = (appId: string, bytes: number) => Promise<OverLimit | undefined>;

type Parse = (text: string) => unknown;

/** @throws HttpRefusal for JSON that costs too much to parse, or whose meaning is open */
const readJson = (text: string, parse: Parse): unknown => {
  const shape = measureJson(text);
  if (shape.kind !== 'fits') {
    const message = `the body must have at most 10 levels and ${MOST_VALUES} values; split the batch`;
    throw new HttpRefusal({ status: 400, code: 'BODY_TOO_COMPLEX', message });
  }
  const value = parse(text);
  if (countNames(value) === shape.names) return value;
  const field = (findRepeatedName(text) ?? '').slice(0, LONGEST_SHOWN);
  const message = `there are two fields ${JSON.stringify(field)} in one object`;
  throw new HttpRefusal({ status: 400, code: 'FIELD_REPEATED', message, field });
};

/**
 * Accepts only JSON in UTF-8: text in another encoding would reach the recipient as garbage. An
 * empty body of any type is no body: browsers send a type with it.
 */
export const acceptJson = (app: HttpApp, admitBody: AdmitBody): void => {
  const parseSafely = app.getDefaultJsonParser('error', 'error');
  const parserOf =
    (request: FastifyRequest): Parse =>
    (text) => {
      let parsed: unknown;
      void parseSafely(request, text, (error, value) => {
        if (error !== null)
          throw new HttpRefusal({ status: 400, code: 'BODY_NOT_JSON', message: 'the body is not valid JSON' });
        parsed = value;
      });
      return parsed;
    };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    // Without a caller there is no route: the body does not matter.
    if (body.length === 0 || !request.caller) return undefined;
    refuseOver(await admitBody(request.caller.appId, body.length));
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity')
      throw new HttpRefusal({
        status: 415,
        code: 'ENCODING_UNSUPPORTED',
        message: 'send the body without Content-Encoding',
      });
    if (!isUtf8(body)) throw new HttpRefusal({ status: 400, code: 'BODY_NOT_UTF8', message: 'the body must be UTF-8' });
    return readJson(body.toString('utf8'), parserOf(request));
  });
  app.addContentTypeParser('*', async (request: FastifyRequest) => {
    if (request.headers['content-length'] === '0') return undefined;
    throw new HttpRefusal({
      status: 415,
      code: 'MEDIA_TYPE_UNSUPPORTED',
      message: 'send the body as Content-Type: application/json',
    });
  });
};

/** Registers routes that have no body: what comes as one is not read. */
export const withoutBodies = (app: HttpApp, routes: (app: HttpApp) => void): void => {
  app.register(async (inner) => {
    inner.removeAllContentTypeParsers();
    inner.addContentTypeParser('*', async () => undefined);
    routes(inner.withTypeProvider<ZodTypeProvider>() as unknown as HttpApp);
  });
};
