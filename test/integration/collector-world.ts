import { randomUUID } from 'node:crypto';
import { type CollectPorts, collectBatch, type InboundTableName } from '../../services/report-collector/collect-batch';
import { createPublishCollected } from '../../services/report-collector/kafka/publish-collected';
import { createInboundTables } from '../../services/report-collector/wiring/inbound-tables';
import { openCodecs } from '../../shared/avro/open-codecs';
import type { SmsReceived, SmsStatus } from '../../shared/avro/records';
import type { Engine, Tx } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import { type ExchangeMapping, loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import { insertRows, type Row } from '../support/insert-rows';
import { type Run, runOn } from '../support/run-on';
import { createTestDatabase, type TestDatabase, type TestLogin } from '../support/test-database';
import { createTestTopics, silentLogger } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';

type Letter = {
  readonly key: string;
  readonly row: Record<string, unknown>;
  readonly headers: Record<string, string>;
};

const APPLICATIONS = [
  { appId: 'billing', extCode: '01', enabled: true },
  { appId: 'outage', extCode: '0188', enabled: true },
];

/** Closes in reverse order, each even if another one fails. */
const closeAll = async (opened: (() => Promise<void>)[]): Promise<void> => {
  let failure: unknown;
  for (const close of opened.splice(0).reverse())
    await close().catch((error) => {
      failure ??= error;
    });
  if (failure !== undefined) throw failure;
};

/** Topics of this world on the shared Kafka, and everything published to them. */
export const openEventTopics = async () => {
  const opened: (() => Promise<void>)[] = [];
  const close = (): Promise<void> => closeAll(opened);
  try {
    return { ...(await followEvents(opened)), close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
};

/**
 * @param opened gets each closer before the next client opens, which may fail: an open client would
 * keep the run from ending
 */
const followEvents = async (opened: (() => Promise<void>)[]) => {
  const { kafka, topics } = await createTestTopics(1);
  const codecs = await openCodecs({ topics });
  const sink = await openRecordSink(kafka, { logger: silentLogger });
  opened.push(sink.close);
  const read = [topics.status, topics.received, topics.deadLetter];
  const admin = kafka.admin();
  opened.push(admin.disconnect);
  await admin.connect();
  const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 50 });
  opened.push(consumer.disconnect);
  await consumer.connect();
  await consumer.subscribe({ topics: read, fromBeginning: true });
  const position = new Map<string, number>();
  let statuses: SmsStatus[] = [];
  let received: SmsReceived[] = [];
  let letters: Letter[] = [];
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ topic, message }) => {
      const text = (value: unknown): string => String(value);
      if (topic === topics.status) {
        const status = codecs.status.decode(message.value);
        if (status.ok) statuses.push(status.value);
      } else if (topic === topics.received) {
        const event = codecs.received.decode(message.value);
        if (event.ok) received.push(event.value);
      } else {
        letters.push({
          key: text(message.key),
          row: JSON.parse(text(message.value)),
          headers: Object.fromEntries(
            Object.entries(message.headers ?? {}).map(([name, value]) => [name, text(value)]),
          ),
        });
      }
      position.set(topic, Number(message.offset) + 1);
    },
  });
  return {
    topics,
    codecs,
    sink,
    /** Returns everything published since the last call. */
    take: async () => {
      for (const topic of read) {
        const [end] = await admin.fetchTopicOffsets(topic);
        await waitUntil(`the end of ${topic}`, () => (position.get(topic) ?? 0) >= Number(end?.high));
      }
      const taken = { statuses, received, letters };
      statuses = [];
      received = [];
      letters = [];
      return taken;
    },
  };
};

export type EventTopics = Awaited<ReturnType<typeof openEventTopics>>;

/** Differences from the service's settings. */
export type CollectorChange = {
  readonly now?: () => number;
  readonly waitMs?: number;
  readonly crash?: (step: string) => void;
  readonly publish?: CollectPorts<Tx>['publish'];
  readonly refresh?: () => Promise<void>;
};

/** Creates the collector's batches on a real database, with real topics. */
const createCollector = (
  { db }: Pick<TestDatabase, 'db'>,
  { sink, codecs, topics }: EventTopics,
  mapping: ExchangeMapping,
  change: CollectorChange = {},
) => {
  const now = change.now ?? Date.now;
  const sources = createInboundTables({
    db,
    mapping,
    country: 'CN',
    directory: { applications: () => APPLICATIONS, refresh: change.refresh ?? (async () => undefined) },
    wait: { waitMs: change.waitMs ?? 600_000, retryMinMs: 100, retryMaxMs: 30_000 },
    reportWindowMs: 72 * 3_600_000,
    now,
  });
  const ports: CollectPorts<Tx> = {
    inTransaction: (work) => inTransaction(db, work),
    publish: change.publish ?? createPublishCollected(sink, codecs, topics, mapping),
    now,
    crashPoint: (step) => change.crash?.(step),
  };
  const batch = (name: InboundTableName, limit = 1000, options: Parameters<typeof collectBatch>[3] = {}) => {
    // biome-ignore lint/suspicious/noExplicitAny: the four sources have rows of different types
    const source = sources[name] as any;
    return collectBatch<Tx, never>(source, { limit }, ports, options);
  };
  return { sources, ports, batch };
};

/**
 * Topics, an empty database and the collector's login: created once for a suite, emptied after each
 * test.
 */
export const useCollector = (engine: Engine, mapping: ExchangeMapping = loadExchangeMapping()) => {
  let database: TestDatabase;
  let login: TestLogin;
  let events: EventTopics;
  const opened: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    events = await openEventTopics();
    opened.push(events.close);
    database = await createTestDatabase(mapping, engine);
    opened.push(database.drop);
    login = await database.login('sms_collector');
  });
  afterAll(() => closeAll(opened));
  afterEach(async () => {
    await database.empty();
    await events.take();
  });

  const now = new Date();
  const into =
    (table: string) =>
    (...rows: readonly Row[]): Promise<void> =>
      insertRows(database.db, table, rows);
  const message = (id: string, change: Row): Row => ({
    message_id: id,
    app_id: 'billing',
    dest_addr: '8613800138000',
    content: '停电通知',
    status: 'HANDED',
    context: 'mine',
    source: 'kafka',
    created_at: now,
    handed_at: now,
    ...change,
  });
  return {
    /** With the owner's rights: for preparation and checks. */
    database: () => database,
    events: () => events,
    /** With the rights of the collector; its settings can be changed. */
    login: () => login,
    collector: (change: CollectorChange = {}, own: ExchangeMapping = mapping) =>
      createCollector(login, events, own, change),
    into,
    resp: into(mapping.tables.resp),
    report: into(mapping.tables.report),
    recv: into(mapping.tables.recv),
    /** Enters a handed-over message in the live table, with these changes. */
    ledger: (id: string, change: Row = {}) => insertRows(database.db, 'sm_send_t', [message(id, change)]),
    message,
    archived: (id: string, change: Row = {}) =>
      insertRows(database.db, 'sm_send_t_log', [message(id, { archived_at: now, ...change })]),
    states: async (table = 'sm_send_t'): Promise<readonly Row[]> => {
      const rows =
        await database.run(`SELECT message_id, status, gateway_msg_id, gateway_code, submitted_at, final_at, part_count, parts_done, reason
        FROM ${table} ORDER BY message_id`);
      return rows.map(({ submitted_at, final_at, ...row }) => ({
        ...row,
        submitted: submitted_at !== null,
        final: final_at !== null,
      }));
    },
    count: async (from: string): Promise<number> =>
      Number((await database.run<{ n: unknown }>(`SELECT count(*) AS n FROM ${from}`))[0]?.n),
    inOwnTransaction: <T>(work: (run: Run) => Promise<T>): Promise<T> =>
      inTransaction(database.db, (tx) => work(runOn({ ...database.db, ...tx }))),
  };
};
