import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { CompressionCodecs, CompressionTypes, ConfigResourceTypes } from 'kafkajs';
import { type BridgeWorld, createBridgeWorld, manyMessages } from '../support/bridge-world';
import { aroundValue, gzipZeros, zstdZeros } from '../support/hostile-batches';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

const MEGABYTE = 1_048_576;
const PARTITIONS = 6;

type Bad = { readonly type: CompressionTypes; readonly bytes: (records: Buffer) => Buffer; readonly count?: number };

/** One record of zeros, compressed in pieces, so that it is never in memory as a whole. */
const zeroRecord = (length: number): Buffer => {
  const [before, behind] = aroundValue(length);
  return Buffer.concat([gzipSync(before), gzipZeros(length), gzipSync(behind)]);
};
/** Many records of zeros, compressed once. */
const zeroRecords = (count: number, length: number): Buffer => {
  const zeros = gzipZeros(length);
  return Buffer.concat(
    Array.from({ length: count }, (_, i) => {
      const [before, behind] = aroundValue(length, i);
      return [gzipSync(before), zeros, gzipSync(behind)];
    }).flat(),
  );
};
const rawBlock = (bytes: Buffer, last: boolean): Buffer => {
  const head = Buffer.alloc(3);
  head.writeUIntLE((bytes.length << 3) | (last ? 1 : 0), 0, 3);
  return Buffer.concat([head, bytes]);
};
/** The same as Zstandard: one frame after the other. */
const zstdZeroRecord = (length: number): Buffer => {
  const frame = (bytes: Buffer) => Buffer.concat([Buffer.from('28b52ffd0058', 'hex'), rawBlock(bytes, true)]);
  const [before, behind] = aroundValue(length);
  return Buffer.concat([frame(before), zstdZeros(length), frame(behind)]);
};
const POISON: Readonly<Record<string, Bad>> = {
  'gzip followed by other bytes': {
    type: CompressionTypes.GZIP,
    bytes: (records) => Buffer.concat([gzipSync(records), Buffer.from('garbage!')]),
  },
  'gzip followed by the beginning of a member': {
    type: CompressionTypes.GZIP,
    bytes: (records) => Buffer.concat([gzipSync(records), Buffer.from('1f8b00ffff', 'hex')]),
  },
  'gzip followed by half a member': {
    type: CompressionTypes.GZIP,
    bytes: (records) => Buffer.concat([gzipSync(records), gzipSync(records).subarray(0, 9)]),
  },
};

const BOMBS: Readonly<Record<string, Bad>> = {
  '120 MB of zeros, gzip': { type: CompressionTypes.GZIP, bytes: () => zeroRecord(120 * MEGABYTE) },
  '900 MB of zeros, gzip': { type: CompressionTypes.GZIP, bytes: () => zeroRecord(900 * MEGABYTE) },
  '300 MB of zeros, Zstandard': { type: CompressionTypes.ZSTD, bytes: () => zstdZeroRecord(300 * MEGABYTE) },
  '15 MB of zeros, Zstandard': { type: CompressionTypes.ZSTD, bytes: () => zstdZeroRecord(15 * MEGABYTE) },
  '5000 records of 65,000 zeros, gzip': {
    type: CompressionTypes.GZIP,
    count: 5_000,
    bytes: () => zeroRecords(5_000, 65_000),
  },
  '240 records of 65,000 zeros, gzip': {
    type: CompressionTypes.GZIP,
    count: 240,
    bytes: (records) => gzipSync(records),
  },
  // kafkajs takes minutes to publish ten times as many; the unit tests have 200,000
  '4,000 records of nothing, gzip': {
    type: CompressionTypes.GZIP,
    count: 4_000,
    bytes: (records) => gzipSync(records),
  },
};

/** Returns the peak memory of the process in bytes. */
const peakOf = (pid: number): number => {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1_024;
};

onOneEngine('batches that cannot be read, or inflate to gigabytes', (engine) => {
  let world: BridgeWorld;
  const original = { ...CompressionCodecs };
  beforeEach(async () => {
    world = await createBridgeWorld({ engine, partitions: PARTITIONS });
    const admin = world.kafka.admin();
    await admin.connect();
    // the broker stores the batch unchanged, as it does on topics of other clients
    await admin.alterConfigs({
      validateOnly: false,
      resources: [world.topics.send, world.topics.receivedAck].map((name) => ({
        type: ConfigResourceTypes.TOPIC,
        name,
        configEntries: [
          { name: 'compression.type', value: 'producer' },
          { name: 'max.message.bytes', value: String(4 * MEGABYTE) },
        ],
      })),
    });
    await admin.disconnect();
  });
  afterEach(async () => {
    Object.assign(CompressionCodecs, original);
    await world.close();
  });

  const publishBad = async (topic: string, { type, bytes, count = 1 }: Bad, partition: number): Promise<void> => {
    const whole = world.codecs.send.encode(manyMessages('poison', 1)[0]!);
    const value = count === 240 ? Buffer.alloc(65_000) : count === 1 ? whole : Buffer.alloc(0);
    CompressionCodecs[type as 1] = () => ({
      compress: async (encoder: { buffer: Buffer }) => bytes(encoder.buffer),
      decompress: async (of: Buffer) => of,
    });
    const producer = world.kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const messages = new Array(count).fill({ value, key: null, partition });
    await producer.send({ topic, compression: type, messages });
    await producer.disconnect();
    Object.assign(CompressionCodecs, original);
  };
  const publishGood = (prefix: string) =>
    world.sink.publish(
      manyMessages(prefix, 60).map((message, i) => ({
        topic: world.topics.send,
        key: message.to,
        value: world.codecs.send.encode(message),
        partition: i % PARTITIONS,
      })),
    );
  const handed = async (): Promise<number> =>
    Number((await world.database.run<{ n: string }>('SELECT count(*) AS n FROM client_sms_send'))[0]?.n);
  const untilHanded = (count: number, ms: number) =>
    waitUntil(`${count} handed over`, async () => (await handed()) === count, ms);

  it('become dead letters, while the records around them go through, with two relays', async () => {
    const relays = [world.start('exchange-relay'), world.start('exchange-relay', { INSTANCE_ID: 'exchange-relay-2' })];
    await Promise.all(relays.map((relay) => relay.ready()));
    let good = 0;
    for (const [name, bad] of Object.entries(POISON)) {
      for (const partition of [0, 0, 1, 1, 4]) await publishBad(world.topics.send, bad, partition);
      await publishGood(`good-${good}`);
      good += 60;
      await untilHanded(good, 30_000).catch((error: Error) => {
        throw new Error(`${name}: ${error.message}`);
      });
    }
    expect(relays.map((relay) => relay.exited())).toEqual([false, false]);
    const letters = await world.read('deadLetter');
    expect(letters).toHaveLength(5 * Object.keys(POISON).length);
    for (const { headers, value, key } of letters) {
      expect(String(headers.reason)).toBe('BATCH_UNREADABLE');
      expect(String(headers['source-topic'])).toBe(world.topics.send);
      expect(headers['source-last-offset']?.equals(headers['source-offset']!)).toBe(true);
      expect(key).toBeNull();
      // the batch as it is stored: the offset of its first record, and format 2
      expect(Number(value!.readBigInt64BE())).toBe(Number(headers['source-offset']));
      expect(value![16]).toBe(2);
    }
    const positions = await world.database.run<{ n: string }>('SELECT sum(next_offset) AS n FROM relay_offset');
    expect(Number(positions[0]?.n)).toBe(good + letters.length);
  }, 180_000);

  it('take little memory, and delay other records by seconds at most', async () => {
    const relay = world.start('exchange-relay');
    await relay.ready();
    let good = 0;
    for (const [name, bomb] of Object.entries(BOMBS)) {
      for (const partition of [0, 0, 3]) await publishBad(world.topics.send, bomb, partition);
      await publishGood(`good-${good}`);
      good += 60;
      const startedAt = Date.now();
      await untilHanded(good, 30_000).catch((error: Error) => {
        throw new Error(`${name}: ${error.message}`);
      });
      process.stderr.write(
        `${name}: ${Date.now() - startedAt} ms, peak ${Math.round(peakOf(relay.pid) / MEGABYTE)} MB\n`,
      );
    }
    expect(relay.exited()).toBe(false);
    expect(peakOf(relay.pid)).toBeLessThan(400 * MEGABYTE);
  }, 240_000);

  it('become dead letters on sms.received.ack too', async () => {
    const archiver = world.start('archiver');
    await archiver.ready();
    for (const bad of Object.values(POISON)) await publishBad(world.topics.receivedAck, bad, 0);
    const ack = world.codecs.receivedAck.encode({ receivedId: 'r-1', appId: 'billing', processedAt: Date.now() });
    await world.sink.publish([{ topic: world.topics.receivedAck, key: 'r-1', value: ack, partition: 0 }]);
    await waitUntil('the acknowledgement after them is taken', async () => {
      const [row] = await world.database.run<{ n: string }>('SELECT count(*) AS n FROM sm_receive_ack');
      return Number(row?.n) === 1;
    });
    const letters = await world.read('deadLetter');
    expect(letters.map(({ headers }) => String(headers.reason))).toEqual(
      Object.keys(POISON).map(() => 'BATCH_UNREADABLE'),
    );
    expect(archiver.exited()).toBe(false);
  });
});
