import { connect } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import type { RecordSink } from '../../shared/kafka/ports';
import { watchConnections } from '../../shared/service/open-connections';
import type { ServiceContext } from '../../shared/service/run-service';
import { openTcpProxy } from './tcp-proxy';
import { silentLogger, testBrokers } from './test-kafka';

type Connected = { readonly db: Database; readonly sink: RecordSink };

/**
 * Runs a service in this process whose connections to Kafka and the database go through proxies.
 */
export const startBehindProxies = async <C>(
  databaseUrl: string,
  config: C,
  start: (context: ServiceContext<C>, connected: Connected) => Promise<unknown>,
  logger: Logger = silentLogger,
) => {
  const [host, port] = testBrokers().split(':') as [string, string];
  const kafkaProxy = await openTcpProxy({ host, port: Number(port) });
  const url = new URL(databaseUrl);
  const databaseProxy = await openTcpProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(databaseProxy.port);
  url.hostname = '127.0.0.1';
  const kafka = new Kafka({
    brokers: [testBrokers()],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 500,
    requestTimeout: 500,
    retry: { initialRetryTime: 20, maxRetryTime: 50, retries: 1 },
    socketFactory: ({ onConnect }) => connect(kafkaProxy.port, '127.0.0.1', onConnect),
  });
  const sink = await openRecordSink(kafka, { logger: silentLogger, deadlineMs: 1_000 });
  const db = openDatabase({ url: url.href, applicationName: 'test', poolMax: 10, statementTimeoutMs: 10_000 });
  const stopping = new AbortController();
  const closers: (() => unknown)[] = [];
  const checks = new Map<string, () => string | undefined>();
  const context: ServiceContext<C> = {
    config,
    logger,
    metrics: new Registry(),
    signal: stopping.signal,
    defer: (_name, close) => closers.push(close),
    ready: (part, check) => checks.set(part, check),
    fatal: (error) => {
      throw error;
    },
    argv: [],
    crashPoint: () => undefined,
  };
  watchConnections(context, { db, sink }, { database: true });
  await start(context, { db, sink });
  return {
    kafkaProxy,
    databaseProxy,
    /** Returns the problem of a part, as /health/ready reports it. */
    problem: (part: string) => checks.get(part)?.(),
    close: async () => {
      stopping.abort();
      for (const close of closers.reverse()) await close();
      await sink.close();
      await db.close();
      await kafkaProxy.close();
      await databaseProxy.close();
    },
  };
};
