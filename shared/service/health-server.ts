import fastify from 'fastify';
import type { Registry } from 'prom-client';

/**
 * Serves /health/live (the process replies), /health/ready (200, or 503 with the parts that are not
 * ready) and /metrics (Prometheus text).
 * @returns the port in use (for port 0), and the close
 */
export const openHealthServer = async (options: {
  readonly host: string;
  readonly port: number;
  readonly metrics: Registry;
  readonly problems: () => Readonly<Record<string, string | undefined>>;
}): Promise<{ readonly port: number; readonly close: () => Promise<void> }> => {
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.get('/health/live', () => ({ status: 'live' }));
  app.get('/health/ready', (_request, reply) => {
    const problems = options.problems();
    const well = Object.keys(problems).length === 0;
    return reply.code(well ? 200 : 503).send(well ? { status: 'ready' } : { status: 'not ready', problems });
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
