import { randomUUID } from 'node:crypto';
import { fetchLogRange } from '../../shared/kafka/kafkajs/log-range';
import { openBatchSource } from '../../shared/kafka/kafkajs/open-batch-source';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import type { BatchHandlers, BatchSource, KafkaRecord, TopicPartition } from '../../shared/kafka/ports';
import { partitionKey } from '../../shared/kafka/ports';
import { createTestTopics, silentLogger, type TestTopics } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';

describe('the batch source', () => {
  let world: TestTopics;
  let groupId: string;
  const closers: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    world = await createTestTopics(2);
    groupId = `g-${randomUUID()}`;
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  const publish = async (values: readonly string[], partition = 0): Promise<void> => {
    const sink = await openRecordSink(world.kafka, { logger: silentLogger });
    await sink.publish(
      values.map((value) => ({ topic: world.topics.send, key: null, value: Buffer.from(value), partition })),
    );
    await sink.close();
  };

  type Reader = {
    readonly source: BatchSource;
    readonly records: KafkaRecord[];
    readonly errors: Error[];
    readonly assignments: (readonly TopicPartition[])[];
    readonly values: () => string[];
  };
  const open = async (onAssigned: BatchHandlers['onAssigned'] = async () => new Map(), id = 'a'): Promise<Reader> => {
    const records: KafkaRecord[] = [];
    const errors: Error[] = [];
    const assignments: (readonly TopicPartition[])[] = [];
    const source = await openBatchSource(
      world.kafka,
      { groupId, topic: world.topics.send, sessionTimeoutMs: 30_000, logger: silentLogger, instanceId: id },
      {
        onAssigned: (partitions, of) => {
          assignments.push(partitions);
          return onAssigned(partitions, of);
        },
        onBatch: (batch) => void records.push(...batch.records),
        onFatal: (error) => void errors.push(error),
      },
    );
    closers.push(source.close);
    return { source, records, errors, assignments, values: () => records.map(({ value }) => value?.toString() ?? '') };
  };
  const at = (partition: number): TopicPartition => ({ topic: world.topics.send, partition });
  const from = (offsets: readonly number[]) => async () =>
    new Map(offsets.map((offset, partition) => [partitionKey(at(partition)), offset]));

  it('reads each partition in order from the given offset', async () => {
    await publish(['a0', 'a1', 'a2']);
    await publish(['b0', 'b1', 'b2'], 1);
    const reader = await open(from([1, 2]));
    await waitUntil('three records', () => reader.records.length >= 3);
    await publish(['a3']);
    await waitUntil('four records', () => reader.records.length >= 4);
    expect(reader.values().filter((value) => value.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(reader.values().filter((value) => value.startsWith('b'))).toEqual(['b2']);
    expect(reader.source.problem()).toBeUndefined();
    expect(reader.errors).toEqual([]);
  });

  it('delivers nothing before it knows the start offset, and then nothing before it', async () => {
    await publish(['a0', 'a1', 'a2']);
    let tell: (offsets: ReadonlyMap<string, number>) => void = () => undefined;
    const told = new Promise<ReadonlyMap<string, number>>((resolve) => {
      tell = resolve;
    });
    const opening = open(() => told);
    const reader = await opening;
    await waitUntil('the group is joined', () => reader.assignments.length === 1);
    // a second reader gets the batch at once, so the first one had fetched it too
    groupId = `g-${randomUUID()}`;
    const other = await open();
    await waitUntil('the other reader has read', () => other.records.length === 3);
    expect(reader.records).toEqual([]);
    tell(new Map([[partitionKey(at(0)), 2]]));
    await waitUntil('one record', () => reader.records.length > 0);
    expect(reader.values()).toEqual(['a2']);
  });

  it("continues at the group's committed offsets when no offset is given", async () => {
    await publish(['a0', 'a1', 'a2']);
    const first = await open();
    await waitUntil('three records', () => first.records.length === 3);
    await first.source.commit([{ ...at(0), offset: 2 }]);
    await first.source.close();
    const second = await open();
    await waitUntil('one record', () => second.records.length > 0);
    expect(second.values()).toEqual(['a2']);
  });

  it('refuses to start outside the log, because the topic was recreated', async () => {
    await publish(['a0']);
    const reader = await open(from([7, 0]));
    const [error] = await waitUntil('an error', () => reader.errors.length > 0 && reader.errors);
    expect(error).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    expect(error?.message).toContain('must continue at offset 7, but the log holds 0 to 1');
    expect(reader.records).toEqual([]);
  });

  it('stops when records were deleted unread, instead of skipping them', async () => {
    await publish(['a0']);
    const reader = await open(from([0, 0]));
    await waitUntil('one record', () => reader.records.length === 1);
    reader.source.pause([at(0)]);
    await publish(['a1', 'a2', 'a3']);
    const admin = world.kafka.admin();
    await admin.connect();
    // loads the metadata, which deleteTopicRecords needs and does not load
    await admin.fetchTopicOffsets(world.topics.send);
    await admin.deleteTopicRecords({ topic: world.topics.send, partitions: [{ partition: 0, offset: '3' }] });
    await admin.disconnect();
    reader.source.resume([at(0)]);
    const [error] = await waitUntil('an error', () => reader.errors.length > 0 && reader.errors);
    expect(error?.message).toContain('continued at offset 3 instead of 1');
    expect(reader.values()).toEqual(['a0']);
  });

  it('skips transaction markers of other producers', async () => {
    const producer = world.kafka.producer({ transactionalId: randomUUID(), maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    const send = async (value: string, end: 'commit' | 'abort') => {
      const transaction = await producer.transaction();
      await transaction.send({ topic: world.topics.send, messages: [{ value, partition: 0 }] });
      await transaction[end]();
    };
    const reader = await open(from([0, 0]));
    for (const value of ['a', 'b', 'c']) await send(value, value === 'b' ? 'abort' : 'commit');
    await waitUntil('two records', () => reader.records.length >= 2);
    await send('d', 'abort');
    await send('e', 'commit');
    await waitUntil('three records', () => reader.records.length >= 3);
    await producer.disconnect();
    expect(reader.values()).toEqual(['a', 'c', 'e']);
    expect(reader.errors).toEqual([]);
  });

  it('delivers nothing of a paused partition, and all of it afterwards', async () => {
    let holding = true;
    // a rebalance starts with nothing paused, and the group may join twice at its start
    const reader = await open((_partitions, source) => {
      if (holding) source.pause([at(0)]);
      return from([0, 0])();
    });
    await waitUntil('an assignment', () => reader.assignments.length > 0);
    await publish(['a0', 'a1']);
    await publish(['b0'], 1);
    await waitUntil('the other partition', () => reader.records.length > 0);
    expect(reader.values()).toEqual(['b0']);
    holding = false;
    reader.source.resume([at(0)]);
    await waitUntil('three records', () => reader.records.length === 3);
    expect(reader.values()).toEqual(['b0', 'a0', 'a1']);
  });

  it.each([0, 1])('hands out a single record of partition %i before a backlog in the other', async (single) => {
    for (let i = 0; i < 3; i += 1) await publish(['x'.repeat(20_000)], 1 - single);
    await publish(['y'], single);
    const reader = await open(from([0, 0]));
    await waitUntil('all records', () => reader.records.length >= 4);
    expect(reader.records[0]?.partition).toBe(single);
  });

  it('seeks back', async () => {
    await publish(['a0', 'a1', 'a2']);
    const reader = await open(from([0, 0]));
    await waitUntil('three records', () => reader.records.length === 3);
    reader.source.seek(at(0), 1);
    await waitUntil('five records', () => reader.records.length >= 5);
    expect(reader.values()).toEqual(['a0', 'a1', 'a2', 'a1', 'a2']);
  });

  it('shares the partitions with a joining reader, and takes them back when it leaves', async () => {
    const first = await open(from([0, 0]), 'a');
    await waitUntil('both partitions', () => first.assignments.at(-1)?.length === 2);
    const second = await open(from([0, 0]), 'b');
    await waitUntil('one partition each', () => first.source.assigned().length === 1);
    expect(second.source.assigned()).toHaveLength(1);
    await second.source.close();
    await waitUntil('both partitions again', () => first.source.assigned().length === 2);
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('reads records that another client compressed with %s', async (codec) => {
    const admin = world.kafka.admin();
    await admin.connect();
    // the broker compresses what it stores
    const topic = `${world.prefix}compressed`;
    await admin.createTopics({
      waitForLeaders: false, // kafkajs gives up at once on a topic that the broker does not know yet
      topics: [{ topic, numPartitions: 1, configEntries: [{ name: 'compression.type', value: codec }] }],
    });
    await admin.disconnect();
    await fetchLogRange(world.kafka, topic);
    const sink = await openRecordSink(world.kafka, { logger: silentLogger });
    const values = Array.from({ length: 200 }, (_, index) => `停电通知 ${index} ${'x'.repeat(index)}`);
    await sink.publish(values.map((value) => ({ topic, key: null, value: Buffer.from(value) })));
    await sink.close();
    const read: string[] = [];
    const source = await openBatchSource(
      world.kafka,
      { groupId, topic, sessionTimeoutMs: 30_000, logger: silentLogger, instanceId: 'a' },
      {
        onAssigned: async () => new Map(),
        onBatch: ({ records }) => void read.push(...records.map(({ value }) => value?.toString() ?? '')),
        onFatal: (error) => void read.push(error.message),
      },
    );
    closers.push(source.close);
    await waitUntil('all records', () => read.length >= values.length);
    expect(read).toEqual(values);
  });
});
