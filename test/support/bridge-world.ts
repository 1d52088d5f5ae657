import { type Codecs, openCodecs } from '../../shared/avro/open-codecs';
import type { SmsSend } from '../../shared/avro/records';
import type { Engine } from '../../shared/database/database';
import { type ExchangeMapping, loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import type { KafkaRecord, RecordSink } from '../../shared/kafka/ports';
import { createProvince, type Province } from './province';
import { type Runner, type ServiceName, type ServiceProcess, startService } from './service-process';
import { smsSendMessage } from './sms-send-message';
import { createTestDatabase, type TestDatabase } from './test-database';
import { createTestTopics, readTopic, silentLogger, type TestTopics, testBrokers } from './test-kafka';

/** A database, topics and applications for one test, and the services as processes on them. */
export type BridgeWorld = TestTopics & {
  readonly database: TestDatabase;
  readonly codecs: Codecs;
  readonly sink: RecordSink;
  /** Starts a service with its own database account: least privilege. */
  readonly start: (
    service: ServiceName,
    env?: Readonly<Record<string, string>>,
    args?: readonly string[],
    runner?: Runner,
  ) => ServiceProcess;
  /** The province's own account, which the simulator uses too. */
  readonly province: Province;
  /** Publishes on sms.send; messages to one recipient keep their order. */
  readonly publish: (messages: readonly SmsSend[]) => Promise<void>;
  readonly read: (topic: keyof TestTopics['topics']) => Promise<readonly KafkaRecord[]>;
  readonly close: () => Promise<void>;
};

/** The applications of every world, with code and extension. */
const APPLICATIONS = [
  ['billing', '01'],
  ['outage', '02'],
  ['portal', '0201'],
] as const;

/**
 * The slow parts, which can serve the worlds of a file one after the other: a migrated database,
 * and a login for each service.
 */
export type BridgeGround = {
  readonly database: TestDatabase;
  readonly province: Province;
  readonly urls: Readonly<Record<ServiceName, string>>;
  readonly close: () => Promise<void>;
};

type GroundOptions = {
  readonly mapping?: ExchangeMapping;
  readonly exchangeFile?: string;
  /** On Oracle: the stand-in, a process like the services. */
  readonly engine?: Engine;
  /** The character set of that stand-in. */
  readonly characterSet?: string;
};

export const createBridgeGround = async ({
  mapping,
  exchangeFile,
  engine,
  characterSet,
}: GroundOptions = {}): Promise<BridgeGround> => {
  const database = await createTestDatabase(
    mapping ?? loadExchangeMapping(exchangeFile),
    engine,
    characterSet === undefined ? {} : { characterSet },
  );
  const province = await createProvince(database);
  return {
    database,
    province,
    urls: {
      producer: (await database.login('sms_producer')).url,
      'exchange-relay': (await database.login('sms_relay')).url,
      'report-collector': (await database.login('sms_collector')).url,
      archiver: (await database.login('sms_archiver')).url,
      'gateway-simulator': province.url,
    },
    close: async () => {
      await province.close();
      await database.drop();
    },
  };
};

export const createBridgeWorld = async (
  options: GroundOptions & {
    readonly partitions?: number;
    /** Replicas of each record, and the number of brokers; all but one are required in sync. */
    readonly copies?: number;
    /** A ground that other worlds use before and after; it is left empty. */
    readonly ground?: BridgeGround;
  } = {},
): Promise<BridgeWorld> => {
  const ground = options.ground ?? (await createBridgeGround(options));
  const { database, province, urls } = ground;
  const { copies = 1 } = options;
  const topics = await createTestTopics(options.partitions ?? 6, {
    replicationFactor: copies,
    minInsyncReplicas: Math.max(1, copies - 1),
  });
  for (const [appId, extCode] of APPLICATIONS) {
    await database.run(`INSERT INTO login_user (username, app_id, ext_code, role) VALUES ($1, $2, $3, 'application')`, [
      database.engine === 'oracledb' ? appId.toUpperCase() : appId,
      appId,
      extCode,
    ]);
  }
  const codecs = await openCodecs();
  const sink = await openRecordSink(topics.kafka, { logger: silentLogger });
  const env = {
    KAFKA_BROKERS: testBrokers(),
    TOPIC_PREFIX: topics.prefix,
    TZ: 'UTC',
    ...(options.exchangeFile === undefined ? {} : { EXCHANGE_FILE: options.exchangeFile }),
  };
  const processes: ServiceProcess[] = [];
  return {
    ...topics,
    database,
    codecs,
    sink,
    province,
    start: (service, more = {}, args = [], runner) => {
      const own = { INSTANCE_ID: `${service}-1`, DATABASE_URL: urls[service], HTTP_PORT: '0', HTTP_HOST: '127.0.0.1' };
      const started = startService(service, { ...env, ...own, ...more }, args, runner);
      processes.push(started);
      return started;
    },
    publish: (messages) =>
      sink.publish(
        messages.map((message) => ({
          topic: topics.topics.send,
          key: message.to,
          value: codecs.send.encode(message),
        })),
      ),
    read: (topic) => readTopic(topics.kafka, topics.topics[topic]),
    close: async () => {
      await Promise.all(processes.map((started) => (started.exited() ? undefined : started.kill())));
      await sink.close();
      await (options.ground === undefined ? ground.close() : database.empty());
    },
  };
};

/** Returns `count` valid messages to different recipients, with ids prefix-0 … */
export const manyMessages = (prefix: string, count: number, change: Partial<SmsSend> = {}): SmsSend[] =>
  Array.from({ length: count }, (_, index) =>
    smsSendMessage({
      messageId: `${prefix}-${index}`,
      to: `138${String(index % 100_000_000).padStart(8, '0')}`,
      content: `停电通知 ${index}`,
      createdAt: Date.now(),
      ...change,
    }),
  );
