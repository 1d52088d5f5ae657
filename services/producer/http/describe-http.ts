import { createHttpServer } from './http-server';
import { messageRoutes } from './message-routes';
import { receivedRoutes } from './received-routes';

const OPTIONS = {
  host: '127.0.0.1',
  port: 0,
  tls: undefined,
  bodyLimitBytes: 1,
  headerLimitBytes: 1,
  requestTimeoutMs: 1,
  connectionsPerAddress: 0,
  requestsPerSecond: 0,
  drainMs: 1,
  refusalPauseMs: 0,
};

/** Returns what `/openapi.json` shows, without a port, Kafka or a database. */
export const describeHttp = async (): Promise<unknown> => {
  const app = await createHttpServer(OPTIONS, {
    authenticate: () => Promise.reject(new Error('no request comes here')),
    admitBody: async () => undefined,
    routes: (v1) => {
      messageRoutes(v1, {} as never);
      receivedRoutes(v1, {} as never);
    },
    onAnswered: () => undefined,
    onProblem: () => undefined,
    onRefused: () => undefined,
  });
  try {
    return app.swagger();
  } finally {
    await app.close();
  }
};
