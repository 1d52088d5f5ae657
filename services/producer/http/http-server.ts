import { isUtf8 } from 'node:buffer';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { messageOf } from '../../../shared/errors';
import { answerClientError, METHOD_UNKNOWN } from '../../../shared/http/answer-client-error';
import { guardConnections } from '../../../shared/http/guard-connections';
import { type ServerTls, toServerOptions, toTlsOptions } from '../../../shared/http/server-options';
import type { Caller } from './authenticate';
import { HttpRefusal, RETRY_AFTER_SECONDS, toErrorBody, toHttpProblem } from './http-errors';
import { OPENAPI } from './openapi-document';
import { collectMethods } from './refuse-methods';

declare module 'fastify' {
  interface FastifyRequest {
    /** set before the body of a `/v1` request is read */
    caller: Caller;
  }
}

export type HttpApp = FastifyInstance<
  import('node:http').Server,
  import('node:http').IncomingMessage,
  import('node:http').ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export type HttpOptions = {
  readonly host: string;
  readonly port: number;
  readonly tls: ServerTls | undefined;
  readonly bodyLimitBytes: number;
  readonly headerLimitBytes: number;
  readonly requestTimeoutMs: number;
  /** 0: unlimited */
  readonly connectionsPerAddress: number;
  /** 0: unlimited */
  readonly requestsPerSecond: number;
  readonly drainMs: number;
};

export type HttpDeps = {
  readonly authenticate: (authorization: string | undefined) => Promise<Caller>;
  /** Registers the routes below `/v1`. Every request there has its caller. */
  readonly routes: (app: HttpApp) => void;
  readonly onAnswered: (route: string, status: number, ms: number) => void;
  /** Gets each response of 5xx, without the request's content. */
  readonly onProblem: (route: string, status: number, error: string) => void;
  /** Gets the address of each connection that is one too many. */
  readonly onRefused: (address: string) => void;
};

const LONGEST_PARAMETER = 256;
const MOST_HEADERS = 100;
const TOO_MANY_HEADERS = { status: 431, code: 'HEADERS_TOO_LARGE', message: `more than ${MOST_HEADERS} headers` };

const routeOf = (request: FastifyRequest): string => `${request.method} ${request.routeOptions?.url ?? 'unknown'}`;

/** Accepts only JSON in UTF-8: text in another encoding would reach the recipient as garbage. */
const acceptJson = (app: HttpApp): void => {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (body.length === 0) return done(null, undefined);
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      const message = 'send the body without Content-Encoding';
      return done(new HttpRefusal({ status: 415, code: 'ENCODING_UNSUPPORTED', message }));
    }
    if (!isUtf8(body)) {
      return done(new HttpRefusal({ status: 400, code: 'BODY_NOT_UTF8', message: 'the body must be UTF-8' }));
    }
    return parse(request, body.toString('utf8'), (error, parsed) =>
      error === null
        ? done(null, parsed)
        : done(new HttpRefusal({ status: 400, code: 'BODY_NOT_JSON', message: 'the body is not valid JSON' })),
    );
  });
};

const answerErrors = (app: HttpApp, { onProblem }: HttpDeps): void => {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = toHttpProblem(error);
    if (problem.status >= 500) onProblem(routeOf(request), problem.status, messageOf(error));
    if (problem.status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
    return reply.code(problem.status).send(toErrorBody(problem));
  });
  app.setNotFoundHandler((request, reply) => {
    const message = `there is nothing at ${request.method} on this address; see /openapi.json`;
    const unknown = { status: 404, code: 'ROUTE_UNKNOWN', message };
    const problem = app.supportedMethods.includes(request.method) ? unknown : METHOD_UNKNOWN;
    return reply.code(problem.status).send(toErrorBody(problem));
  });
};

/** Registers `/v1`: first the caller, then its rate, then the body. */
const registerV1 = (app: HttpApp, options: HttpOptions, deps: HttpDeps): void => {
  app.register(async (v1) => {
    v1.decorateRequest('caller', null as unknown as Caller);
    v1.addHook('onRequest', async (request) => {
      request.caller = await deps.authenticate(request.headers.authorization);
    });
    if (options.requestsPerSecond > 0) {
      await v1.register(rateLimit, {
        max: options.requestsPerSecond,
        timeWindow: 1000,
        hook: 'preParsing',
        keyGenerator: (request) => request.caller.username,
        errorResponseBuilder: () =>
          new HttpRefusal({ status: 429, code: 'RATE_LIMITED', message: 'too many requests with this API key' }),
      });
    }
    deps.routes(v1.withTypeProvider<ZodTypeProvider>() as unknown as HttpApp);
  });
};

/** Creates the server, which does not listen yet. */
export const createHttpServer = async (options: HttpOptions, deps: HttpDeps): Promise<HttpApp> => {
  const { tls } = options;
  const http = toServerOptions({ headerBytes: options.headerLimitBytes, requestTimeoutMs: options.requestTimeoutMs });
  const app = fastify({
    ...(tls === undefined ? { http } : { https: { ...http, ...toTlsOptions(tls) } }),
    logger: false,
    bodyLimit: options.bodyLimitBytes,
    requestTimeout: options.requestTimeoutMs,
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    // While closing, requests on open connections are still served, and told to connect elsewhere
    // next time.
    return503OnClosing: false,
    clientErrorHandler: answerClientError as never,
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      const problem = toHttpProblem(error);
      reply.code(problem.status).send(toErrorBody(problem));
    },
  } as object).withTypeProvider<ZodTypeProvider>() as unknown as HttpApp;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('onRequest', async (request) => {
    if (request.raw.rawHeaders.length > 2 * MOST_HEADERS) throw new HttpRefusal(TOO_MANY_HEADERS);
  });
  acceptJson(app);
  answerErrors(app, deps);
  app.addHook('onResponse', async (request, reply) => {
    deps.onAnswered(routeOf(request), reply.statusCode, reply.elapsedTime);
  });
  await app.register(swagger, OPENAPI);
  const refuseOtherMethods = collectMethods(app);
  registerV1(app, options, deps);
  app.get('/openapi.json', { schema: { hide: true } as object }, async () => app.swagger());
  await app.after();
  refuseOtherMethods();
  await app.ready();
  return app;
};

/**
 * Serves until closed. `close` stops listening, finishes open requests, and cuts those that take
 * longer than `drainMs`.
 */
export const openHttpServer = async (
  options: HttpOptions,
  deps: HttpDeps,
): Promise<{ readonly address: string; readonly close: () => Promise<void> }> => {
  const app = await createHttpServer(options, deps);
  const cutAll = guardConnections(app.server, {
    perAddress: options.connectionsPerAddress,
    onRefused: deps.onRefused,
  });
  const address = await app.listen({ host: options.host, port: options.port });
  return {
    address,
    close: async () => {
      const cut = setTimeout(cutAll, options.drainMs);
      try {
        await app.close();
      } finally {
        clearTimeout(cut);
      }
    },
  };
};
