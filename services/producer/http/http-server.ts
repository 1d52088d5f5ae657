import { setTimeout as sleep } from 'node:timers/promises';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { messageOf } from '../../../shared/errors';
import { answerClientError, METHOD_UNKNOWN } from '../../../shared/http/answer-client-error';
import { guardConnections } from '../../../shared/http/guard-connections';
import { type ServerTls, toServerOptions, toTlsOptions } from '../../../shared/http/server-options';
import { type AdmitBody, acceptJson } from './accept-json';
import type { Caller } from './authenticate';
import type { HttpApp } from './http-app';
import {
  answerExpectation,
  HttpRefusal,
  RETRY_AFTER_SECONDS,
  toErrorBody,
  toHttpProblem,
  toLimitRefusal,
} from './http-errors';
import { OPENAPI } from './openapi-document';
import { collectMethods } from './refuse-methods';

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
  /** how long a request above a limit waits for its refusal: a flood of them must cost little */
  readonly refusalPauseMs: number;
};

export type HttpDeps = {
  readonly authenticate: (authorization: string | undefined) => Promise<Caller>;
  readonly admitBody: AdmitBody;
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

const answerErrors = (app: HttpApp, { refusalPauseMs }: HttpOptions, { onProblem }: HttpDeps): void => {
  app.setErrorHandler(async (error: FastifyError, request, reply) => {
    const problem = toHttpProblem(error);
    if (problem.limit !== undefined) await sleep(refusalPauseMs);
    if (problem.status >= 500) onProblem(routeOf(request), problem.status, messageOf(error));
    const retryAfter = problem.retryAfterSeconds ?? (problem.status === 503 ? RETRY_AFTER_SECONDS : undefined);
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
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
        errorResponseBuilder: (_request, { ttl }) =>
          toLimitRefusal({
            limit: 'requests',
            retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1000)),
            message: `an API key may make ${options.requestsPerSecond} requests a second here`,
          }),
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
  app.server.on('checkExpectation', answerExpectation);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('onRequest', async (request) => {
    if (request.raw.rawHeaders.length > 2 * MOST_HEADERS) throw new HttpRefusal(TOO_MANY_HEADERS);
  });
  acceptJson(app, deps.admitBody);
  answerErrors(app, options, deps);
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
