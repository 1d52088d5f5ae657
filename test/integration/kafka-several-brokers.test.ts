import { randomUUID } from 'node:crypto';
import { ConfigResourceTypes } from 'kafkajs';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import { findPartitions } from '../../shared/kafka/kafkajs/topics';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka-cluster';
import { runCli } from '../support/run-cli';
import { readTopic, silentLogger } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';

describe('several brokers', () => {
  let cluster: KafkaCluster;
  beforeAll(async () => {
    cluster = await startKafkaCluster();
  });
  afterAll(() => cluster.stop());

  /** Partition 3 has the leader of partition 1, the partition that moves. */
  const createTopic = async (): Promise<string> => {
    const topic = `t-${randomUUID()}`;
    await cluster.admin.createTopics({
      waitForLeaders: false,
      topics: [
        {
          topic,
          replicaAssignment: [
            { partition: 0, replicas: [1, 2, 3] },
            { partition: 1, replicas: [2, 1, 3] },
            { partition: 2, replicas: [3, 1, 2] },
            { partition: 3, replicas: [2, 3, 1] },
          ],
        },
      ],
    });
    await cluster.whole(topic);
    return topic;
  };

  const PARTITIONS = [0, 1, 2, 3];
  const values = ['before', 'during', 'after'].flatMap((value) => PARTITIONS.map((at) => `${value}-${at}`));
  const toRecords = (topic: string, value: string) =>
    PARTITIONS.map((partition) => ({ topic, key: null, value: Buffer.from(`${value}-${partition}`), partition }));
  const stored = async (topic: string) => (await readTopic(cluster.kafka, topic)).map(({ value }) => String(value));

  /**
   * Publishes before, during and after a move of partition 1 from broker 2 to broker 1; the
   * producer is not told.
   */
  const moveBetween = async (topic: string, publish: (value: string) => Promise<unknown>): Promise<void> => {
    await publish('before');
    await cluster.admin.alterPartitionReassignments({
      topics: [{ topic, partitionAssignment: [{ partition: 1, replicas: [1, 3] }] }],
    });
    await waitUntil('the partition has moved', async () => {
      const [found] = (await findPartitions(cluster.admin, [topic])) ?? [];
      return found?.partitions.find(({ partitionId }) => partitionId === 1)?.leader === 1;
    });
    await publish('during');
    await publish('after');
  };

  it('store all of a batch once, even where a partition moves to a broker that has stored its own part', async () => {
    const topic = await createTopic();
    const sink = await openRecordSink(cluster.kafka, { logger: silentLogger });
    await moveBetween(topic, (value) => sink.publish(toRecords(topic, value)));
    await sink.close();
    expect((await stored(topic)).sort()).toEqual([...values].sort());
  });

  it('store a batch once within one deadline when the leader freezes', async () => {
    const topic = await createTopic();
    const sink = await openRecordSink(cluster.kafka, { logger: silentLogger });
    await sink.publish(toRecords(topic, 'before'));
    cluster.node(1).freeze();
    try {
      await sink.publish(toRecords(topic, 'during'));
    } finally {
      cluster.node(1).thaw();
    }
    await cluster.whole();
    await sink.publish(toRecords(topic, 'after'));
    await sink.close();
    expect((await stored(topic)).sort()).toEqual([...values].sort());
  });

  it('hold topics of three replicas with two in sync required, and the command names topics with fewer', async () => {
    const prefix = `${randomUUID().slice(0, 8)}.`;
    const env = { KAFKA_BROKERS: cluster.brokers, TOPIC_PREFIX: prefix };
    const create = (...args: string[]) => runCli(['topics', 'create', '--json', ...args], { env });
    await cluster.admin.createTopics({
      topics: [{ topic: `${prefix}sms.send`, numPartitions: 1, replicationFactor: 1 }],
    });
    const all = (await create()).json();
    expect(all.map(({ result, replication }) => [result, replication])).toEqual([
      ['exists', 1],
      ...Array(4).fill(['created', 3]),
    ]);
    expect(all.map(({ advice }) => advice)).toEqual([
      [expect.stringContaining('one copy, on a cluster of 3 brokers'), expect.stringContaining('compression.type')],
      ...Array(4).fill([]),
    ]);
    const name = 'min.insync.replicas';
    const { resources } = await cluster.admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: `${prefix}sms.status`, configNames: [name] }],
    });
    expect(resources[0]?.configEntries).toMatchObject([{ configName: name, configValue: '2', isDefault: false }]);
    const refused = await create('--replication', '2', '--min-insync-replicas', '3');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('there are only 2 copies') });
  });

  it("need the bridge's own send: kafkajs' send reports records as stored that are not", async () => {
    const topic = await createTopic();
    const producer = cluster.kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    await moveBetween(topic, (value) => producer.send({ topic, messages: toRecords(topic, value) }));
    await producer.disconnect();
    const all = new Set(await stored(topic));
    const missing = values.filter((value) => !all.has(value));
    expect(missing).toEqual(['during-1']);
  });
});
