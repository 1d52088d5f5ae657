import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { openBatchSource } from '../../shared/kafka/kafkajs/open-batch-source';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import type { BatchSource } from '../../shared/kafka/ports';
import { openTcpProxy } from '../support/tcp-proxy';
import { createTestTopics, silentLogger, type TestTopics, testBrokers } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';

const FIND_COORDINATOR = 10;

describe('a consumer that kafkajs has ended for good', () => {
  let world: TestTopics;
  let proxy: Awaited<ReturnType<typeof openTcpProxy>>;
  let source: BatchSource | undefined;
  let noCoordinator: boolean;
  let refused: number;
  beforeEach(async () => {
    world = await createTestTopics(1);
    noCoordinator = false;
    refused = 0;
    const [host, port] = testBrokers().split(':') as [string, string];
    // a request is its length (4 bytes), then its API key
    proxy = await openTcpProxy({ host, port: Number(port) }, (bytes) => {
      const breaks = noCoordinator && bytes.length > 6 && bytes.readInt16BE(4) === FIND_COORDINATOR;
      if (breaks) refused += 1;
      return breaks;
    });
  });
  afterEach(async () => {
    await source?.close();
    source = undefined;
    await proxy.close();
  });

  const publish = async (value: string): Promise<void> => {
    const sink = await openRecordSink(world.kafka, { logger: silentLogger });
    await sink.publish([{ topic: world.topics.send, key: null, value: Buffer.from(value) }]);
    await sink.close();
  };
  const open = async (sessionTimeoutMs: number) => {
    const values: string[] = [];
    const errors: Error[] = [];
    const kafka = new Kafka({
      brokers: [testBrokers()],
      logLevel: logLevel.NOTHING,
      requestTimeout: 5_000,
      retry: { initialRetryTime: 50, retries: 2 },
      socketFactory: ({ onConnect }) => connect(proxy.port, '127.0.0.1', onConnect),
    });
    const logger = silentLogger;
    const group = { groupId: `g-${randomUUID()}`, instanceId: 'a', topic: world.topics.send };
    source = await openBatchSource(
      kafka,
      { ...group, sessionTimeoutMs, logger },
      {
        onAssigned: async () => new Map(),
        onBatch: ({ records }) => void values.push(...records.map(({ value }) => String(value))),
        onFatal: (error) => void errors.push(error),
      },
    );
    return { source, values, errors };
  };

  it('restarts until there is a coordinator, and may be paused, resumed and moved meanwhile', async () => {
    await publish('a');
    noCoordinator = true;
    const { source, values, errors } = await open(30_000);
    await waitUntil('three lives have ended', () => refused >= 3);
    const at = { topic: world.topics.send, partition: 0 };
    source.pause([at]);
    source.seek(at, 0);
    source.resume([at]);
    expect(source.problem()).toMatch(/has not joined its group: ./);
    noCoordinator = false;
    await waitUntil('the record', () => values.length > 0);
    await publish('b');
    await waitUntil('the next record', () => values.length > 1);
    expect(values).toEqual(['a', 'b']);
    expect(source.problem()).toBeUndefined();
    expect(errors).toEqual([]);
  });

  it('is fatal after three session timeouts without success, with the cause', async () => {
    noCoordinator = true;
    const { errors } = await open(6_000);
    const [error] = await waitUntil('an error', () => errors.length > 0 && errors);
    expect(error).toMatchObject({ code: 'CONSUMER_SILENT' });
    expect(error?.message).toContain('Failed to find group coordinator');
    expect(refused).toBeGreaterThan(5);
  });

  it('can be closed while it restarts', async () => {
    noCoordinator = true;
    const { source, values, errors } = await open(30_000);
    await waitUntil('its life has ended', () => refused >= 1);
    await source.close();
    noCoordinator = false;
    await publish('a');
    const other = await open(30_000);
    await waitUntil('another one reads', () => other.values.length === 1);
    expect(values).toEqual([]);
    expect(errors).toEqual([]);
  });
});
