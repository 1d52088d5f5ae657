import fastify from 'fastify';
import type { Registry } from 'prom-client';

/** A part of a service. */
export type Component = {
  readonly name: string;
  /** why it does not work, or undefined */
  readonly problem: string | undefined;
  /** false: the service does its main work without it */
  readonly decides: boolean;
};

const toAnswer = (components: readonly Component[]) => ({
  status: components.some(({ problem, decides }) => decides && problem !== undefined) ? 'not ready' : 'ready',
  components: Object.fromEntries(
    components.map(({ name, problem }) => [name, problem === undefined ? 'ready' : 'not ready']),
  ),
  problems: Object.fromEntries(
    components.filter(({ problem }) => problem !== undefined).map(({ name, problem }) => [name, problem]),
  ),
});

/**
 * Serves /health/live (the process replies), /health/ready (the state of each component; 503 while
 * one that decides does not work) and /metrics (Prometheus text).
 * @returns the port in use (for port 0), and the close
 */
export const openHealthServer = async (options: {
  readonly host: string;
  readonly port: number;
  readonly metrics: Registry;
  readonly components: () => readonly Component[];
}): Promise<{ readonly port: number; readonly close: () => Promise<void> }> => {
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.get('/health/live', () => ({ status: 'live' }));
  app.get('/health/ready', (_request, reply) => {
    const answer = toAnswer(options.components());
    return reply.code(answer.status === 'ready' ? 200 : 503).send(answer);
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(options.metrics.contentType).send(await options.metrics.metrics()),
  );
  await app.listen({ host: options.host, port: options.port });
  const address = app.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () => app.close(),
  };
};
