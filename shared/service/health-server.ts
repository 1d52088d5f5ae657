import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { answerClientError } from '../http/answer-client-error';
import { guardConnections } from '../http/guard-connections';
import { toServerOptions } from '../http/server-options';

/** Requests to this server have no body, and come from near by. */
const LIMITS = { headerBytes: 16_384, requestTimeoutMs: 10_000 };
const CONNECTIONS_PER_ADDRESS = 100;
const METHODS = ['GET', 'HEAD'];

type Answer = {
  readonly status: number;
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
};

const refusal = (status: number, code: string, message: string): Answer => ({
  status,
  body: { error: { code, message } },
});

/**
 * Serves /health/live (the process replies), /health/ready (200, or 503 with the parts that are not
 * ready) and /metrics (Prometheus text). Problems of a database name its hosts and accounts, so the
 * address is one that strangers do not reach.
 * @returns the port in use (for port 0), and the close
 */
export const openHealthServer = async (options: {
  readonly host: string;
  readonly port: number;
  readonly metrics: Registry;
  readonly problems: () => Readonly<Record<string, string | undefined>>;
}): Promise<{ readonly port: number; readonly close: () => Promise<void> }> => {
  const { metrics } = options;
  const routes: Readonly<Record<string, () => Answer | Promise<Answer>>> = {
    '/health/live': () => ({ status: 200, body: { status: 'live' } }),
    '/health/ready': () => {
      const problems = options.problems();
      const well = Object.keys(problems).length === 0;
      return well
        ? { status: 200, body: { status: 'ready' } }
        : { status: 503, body: { status: 'not ready', problems } };
    },
    '/metrics': async () => ({
      status: 200,
      body: await metrics.metrics(),
      headers: { 'content-type': metrics.contentType },
    }),
  };
  const toAnswer = async (method = '', address = ''): Promise<Answer> => {
    const path = address.split('?', 1)[0] as string;
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route === undefined)
      return refusal(404, 'ROUTE_UNKNOWN', `this server has ${Object.keys(routes).join(', ')} only`);
    if (METHODS.includes(method)) return route();
    const allow = METHODS.join(', ');
    return { ...refusal(405, 'METHOD_NOT_ALLOWED', `this address takes ${allow}`), headers: { allow } };
  };
  const server = createServer(toServerOptions(LIMITS), async (request, response) => {
    const { status, body, headers } = await toAnswer(request.method, request.url).catch(() =>
      refusal(500, 'INTERNAL', 'the metrics cannot be read'),
    );
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  server.on('clientError', answerClientError);
  const cutAll = guardConnections(server, { perAddress: CONNECTIONS_PER_ADDRESS, onRefused: () => undefined });
  server.listen({ host: options.host, port: options.port });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      cutAll();
      await closed;
    },
  };
};
