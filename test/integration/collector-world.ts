import { randomUUID } from 'node:crypto';
import { createCollectorSources } from '../../services/report-collector/adapters/collector-sources';
import { createPublishCollected } from '../../services/report-collector/adapters/publish-collected';
import { type CollectPorts, collectBatch, type SourceName } from '../../services/report-collector/collect-batch';
import { openCodecs } from '../../services/shared/avro/open-codecs';
import type { SmsReceived, SmsStatus } from '../../services/shared/avro/records';
import { inTransaction, type Tx } from '../../services/shared/database/transaction';
import type { ExchangeNames } from '../../services/shared/exchange/exchange-names';
import { openRecordSink } from '../../services/shared/kafka/open-record-sink';
import type { TestDatabase } from '../support/test-database';
import { createTestTopics, silentLogger } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';

export type Letter = {
  readonly key: string;
  readonly row: Record<string, unknown>;
  readonly headers: Record<string, string>;
};

const APPLICATIONS = [
  { appId: 'billing', extCode: '01', enabled: true },
  { appId: 'outage', extCode: '0188', enabled: true },
];

/** Topics of their own on the run's Kafka, and everything that was published there. */
export const openEventTopics = async () => {
  const { kafka, topics } = await createTestTopics(1);
  const codecs = await openCodecs({ topics });
  const sink = await openRecordSink(kafka, { logger: silentLogger });
  const read = [topics.status, topics.received, topics.deadLetter];
  const admin = kafka.admin();
  await admin.connect();
  const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 50 });
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
    /** Everything published since the last call. */
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
    close: async () => {
      await consumer.disconnect();
      await admin.disconnect();
      await sink.close();
    },
  };
};

export type EventTopics = Awaited<ReturnType<typeof openEventTopics>>;

/** The collector's batches on a real database, publishing to real topics. */
export const createCollector = (
  { db }: Pick<TestDatabase, 'db'>,
  { sink, codecs, topics }: EventTopics,
  names: ExchangeNames,
  change: {
    readonly now?: () => number;
    readonly waitMs?: number;
    readonly crash?: (step: string) => void;
    readonly publish?: CollectPorts<Tx>['publish'];
    readonly refresh?: () => Promise<void>;
  } = {},
) => {
  const now = change.now ?? Date.now;
  const sources = createCollectorSources({
    db,
    names,
    country: 'CN',
    directory: { applications: () => APPLICATIONS, refresh: change.refresh ?? (async () => undefined) },
    wait: { waitMs: change.waitMs ?? 600_000, retryMinMs: 100, retryMaxMs: 30_000 },
    reportWindowMs: 72 * 3_600_000,
    now,
  });
  const ports: CollectPorts<Tx> = {
    inTransaction: (work) => inTransaction(db, work),
    publish: change.publish ?? createPublishCollected(sink, codecs, topics, names),
    now,
    crashPoint: (step) => change.crash?.(step),
  };
  const batch = (name: SourceName, limit = 1000, options: Parameters<typeof collectBatch>[3] = {}) => {
    // biome-ignore lint/suspicious/noExplicitAny: the four sources have rows of different types
    const source = sources[name] as any;
    return collectBatch<Tx, never>(source, { limit }, ports, options);
  };
  return { sources, ports, batch };
};

/** SQL text of a row of values. */
export const insertInto =
  (database: TestDatabase, table: string) =>
  async (...rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> => {
    for (const row of rows) {
      const columns = Object.keys(row);
      await database.db.query(
        `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((_, at) => `$${at + 1}`).join(', ')})`,
        Object.values(row),
      );
    }
  };
