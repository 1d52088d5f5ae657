import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import { HttpRefusal, refuseOver } from './http-errors';
import type { HttpApp, HttpDeps } from './http-server';
import { countNames, findRepeatedName, MOST_VALUES, measureJson } from './json-shape';

const LONGEST_SHOWN = 64;

const refusal = (status: number, code: string, message: string, field: string | null = null): HttpRefusal =>
  new HttpRefusal({ status, code, message, field });

type Parse = (text: string) => unknown;

/** @throws HttpRefusal for JSON that costs too much to parse, or whose meaning is open */
const readJson = (text: string, parse: Parse): unknown => {
  const shape = measureJson(text);
  if (shape.kind !== 'fits') {
    const message = `the body must have at most 10 levels and ${MOST_VALUES} values; split the batch`;
    throw refusal(400, 'BODY_TOO_COMPLEX', message);
  }
  const value = parse(text);
  if (countNames(value) === shape.names) return value;
  const name = (findRepeatedName(text) ?? '').slice(0, LONGEST_SHOWN);
  throw refusal(400, 'FIELD_REPEATED', `there are two fields ${JSON.stringify(name)} in one object`, name);
};

/**
 * Accepts only JSON in UTF-8: text in another encoding would reach the recipient as garbage. An
 * empty body of any type is no body: browsers send a type with it.
 */
export const acceptJson = (app: HttpApp, admitBody: HttpDeps['admitBody']): void => {
  const parseSafely = app.getDefaultJsonParser('error', 'error');
  const parserOf =
    (request: FastifyRequest): Parse =>
    (text) => {
      let parsed: unknown;
      parseSafely(request, text, (error, value) => {
        if (error !== null) throw refusal(400, 'BODY_NOT_JSON', 'the body is not valid JSON');
        parsed = value;
      });
      return parsed;
    };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    if (body.length === 0) return undefined;
    if (request.caller) refuseOver(await admitBody(request.caller.appId, body.length));
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity')
      throw refusal(415, 'ENCODING_UNSUPPORTED', 'send the body without Content-Encoding');
    if (!isUtf8(body)) throw refusal(400, 'BODY_NOT_UTF8', 'the body must be UTF-8');
    return readJson(body.toString('utf8'), parserOf(request));
  });
  app.addContentTypeParser('*', async (request: FastifyRequest) => {
    if (request.headers['content-length'] === '0') return undefined;
    throw refusal(415, 'MEDIA_TYPE_UNSUPPORTED', 'send the body as Content-Type: application/json');
  });
};
