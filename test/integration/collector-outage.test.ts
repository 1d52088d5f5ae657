import { connect } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { Registry } from 'prom-client';
import { collectorConfig } from '../../services/report-collector/config';
import { startCollector } from '../../services/report-collector/start-collector';
import { loadConfig } from '../../services/shared/config/define-config';
import { openDatabase } from '../../services/shared/database/open-database';
import { loadExchangeNames } from '../../services/shared/exchange/exchange-names';
import { openRecordSink } from '../../services/shared/kafka/open-record-sink';
import { openTcpProxy } from '../support/tcp-proxy';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { silentLogger, testBrokers } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';
import { type EventTopics, insertInto, openEventTopics } from './collector-world';

/** The collector in this process, its connections to Kafka and the database through proxies. */
const startBehindProxies = async (database: TestDatabase, events: EventTopics) => {
  const [host, port] = testBrokers().split(':') as [string, string];
  const kafkaProxy = await openTcpProxy({ host, port: Number(port) });
  const url = new URL((await database.login('sms_collector')).url);
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
  await startCollector(
    {
      config: loadConfig(collectorConfig, { DATABASE_URL: url.href, REPORT_WAIT_SECONDS: '0' }),
      logger: silentLogger,
      metrics: new Registry(),
      signal: stopping.signal,
      defer: (_name, close) => closers.push(close),
      ready: (part, check) => checks.set(part, check),
      fatal: (error) => {
        throw error;
      },
      argv: [],
    },
    { db, sink, codecs: events.codecs, topics: events.topics, names: loadExchangeNames() },
  );
  return {
    kafkaProxy,
    databaseProxy,
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

describe('the collector while something is away', () => {
  let database: TestDatabase;
  let events: EventTopics;
  let collector: Awaited<ReturnType<typeof startBehindProxies>>;
  beforeEach(async () => {
    database = await createTestDatabase();
    events = await openEventTopics();
    collector = await startBehindProxies(database, events);
  });
  afterEach(async () => {
    await collector?.close();
    await events.close();
    await database.drop();
  });

  const comeIn = (id: string) =>
    insertInto(database, 'client_sms_recv')({ src_addr: '13800138000', dest_addr: '10698001', content: id });
  const countOf = async (table: string) =>
    (await database.db.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`)).rows[0]?.n;
  const entered = (count: number) =>
    waitUntil(`${count} rows in sm_receive_t`, async () => (await countOf('sm_receive_t')) === count);

  it.each(['cut', 'swallow'] as const)('Kafka (%s): keeps the rows, says so, and goes on by itself', async (mode) => {
    await comeIn('before');
    await entered(1);
    collector.kafkaProxy.set(mode);
    await comeIn('during');
    await waitUntil('it to notice', () => collector.problem('recv') !== undefined);
    expect(collector.problem('kafka')).toBeDefined();
    expect(await countOf('client_sms_recv')).toBe(1);
    collector.kafkaProxy.set('pass');
    await entered(2);
    await waitUntil('it to be well', () => collector.problem('recv') === undefined);
    expect(collector.problem('kafka')).toBeUndefined();
    const { received } = await events.take();
    const ids = new Map(received.map(({ content, receivedId }) => [content, receivedId]));
    expect([...ids.keys()]).toEqual(['before', 'during']);
    // a lost acknowledgement repeats the event, with its id
    expect(new Set(received.map(({ receivedId }) => receivedId)).size).toBe(2);
  });

  it('the database: says so, and goes on by itself', async () => {
    collector.databaseProxy.set('cut');
    await waitUntil('all four loops to notice', () =>
      ['resp', 'report', 'recv', 'wait'].every((part) => collector.problem(part) !== undefined),
    );
    await comeIn('during');
    collector.databaseProxy.set('pass');
    await entered(1);
    await waitUntil('all four loops to be well', () =>
      ['resp', 'report', 'recv', 'wait'].every((part) => collector.problem(part) === undefined),
    );
    expect((await events.take()).received).toMatchObject([{ content: 'during' }]);
  });
});
