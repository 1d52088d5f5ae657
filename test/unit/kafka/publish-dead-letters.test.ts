import { BridgeError } from '../../../shared/errors';
import type { KafkaRecord, OutgoingRecord } from '../../../shared/kafka/ports';
import { createPublishDeadLetters } from '../../../shared/kafka/publish-dead-letters';
import { bytesOf } from '../../../shared/kafka/send-queue';

const record = (more: Partial<KafkaRecord>): KafkaRecord => {
  return { topic: 't', partition: 2, offset: 17, key: null, value: null, headers: {}, timestamp: 0, ...more };
};

/** A broker that accepts records up to this number of bytes. */
const createBroker = (limit: number) => {
  const stored: OutgoingRecord[] = [];
  let refused = 0;
  const publish = async (records: readonly OutgoingRecord[]): Promise<void> => {
    if (records.some((of) => bytesOf(of) > limit)) {
      refused += 1;
      throw new BridgeError('KAFKA_REJECTED', 'too large');
    }
    stored.push(...records);
  };
  return { stored, refused: () => refused, letters: createPublishDeadLetters({ publish }, 'dead') };
};

describe('dead letters', () => {
  it.each<[string, Partial<KafkaRecord>, number]>([
    ['value', { value: Buffer.alloc(15_000_000, 7) }, 15_000_000],
    ['key', { key: Buffer.alloc(15_000_000), value: Buffer.from('v') }, 1],
    ['header', { headers: { large: Buffer.alloc(15_000_000) }, value: Buffer.from('v') }, 1],
    [
      'repeated header',
      {
        headers: { h: Buffer.alloc(9_000) },
        allHeaders: Array.from({ length: 1_000 }, () => ['h', Buffer.alloc(9_000)] as const),
      },
      0,
    ],
    [
      'number of headers',
      { headers: Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`h${i}`, Buffer.alloc(9_000)])) },
      0,
    ],
  ])('are cut before they are sent when their %s is large', async (_, more, bytes) => {
    const broker = createBroker(900_000);
    await broker.letters([
      { record: record(more), reason: 'TOO_LARGE', message: 'm' },
      { record: record({ value: Buffer.from('small') }), reason: 'MALFORMED', message: 'm' },
    ]);
    expect(broker.refused()).toBe(0);
    const [cut, small] = broker.stored;
    expect(cut!.headers).toMatchObject({
      reason: 'TOO_LARGE',
      'source-offset': '17',
      'truncated-from-bytes': String(bytes),
    });
    expect(cut!.value?.length ?? 0).toBe(Math.min(bytes, 32_768));
    expect(bytesOf(cut!)).toBeLessThan(100_000);
    expect(small).toMatchObject({ value: Buffer.from('small') });
    expect(small!.headers).not.toHaveProperty('truncated-from-bytes');
  });

  it("are whole where they fit, and cut after a refusal where the broker's limit is lower than usual", async () => {
    const usual = createBroker(1_000_000);
    const large = { record: record({ value: Buffer.alloc(800_000) }), reason: 'TOO_LARGE', message: 'm' };
    await usual.letters([large]);
    expect(usual.stored.map(({ value }) => value?.length)).toEqual([800_000]);
    const narrow = createBroker(100_000);
    await narrow.letters([large]);
    expect(narrow.stored.map(({ value }) => value?.length)).toEqual([32_768]);
  });

  it('keep every header of the record behind a prefix, so that none can take the place of a header of the bridge', async () => {
    const broker = createBroker(1_000_000);
    const allHeaders = (
      [
        ['reason', 'mine'],
        ['replay-of', '0/17'],
        ['truncated-from-bytes', '1'],
        ['a', '1'],
        ['__proto__', 'p'],
        ['a', '2'],
      ] as const
    ).map(([name, value]) => [name, Buffer.from(value)] as const);
    const headers = Object.fromEntries(allHeaders);
    await broker.letters([{ record: record({ headers, allHeaders }), reason: 'EMPTY', message: 'm' }]);
    expect(Object.entries(broker.stored[0]!.headers!).map(([name, value]) => [name, String(value)])).toEqual([
      ['original-reason', 'mine'],
      ['original-replay-of', '0/17'],
      ['original-truncated-from-bytes', '1'],
      ['original-a', '1,2'],
      ['original-__proto__', 'p'],
      ['reason', 'EMPTY'],
      ['message', 'm'],
      ['source-topic', 't'],
      ['source-partition', '2'],
      ['source-offset', '17'],
    ]);
    expect(broker.stored[0]!.headers!['original-a']).toEqual([Buffer.from('1'), Buffer.from('2')]);
  });

  it('of a batch name its offsets', async () => {
    const broker = createBroker(1_000_000);
    const unreadable = { message: 'cannot be read', lastOffset: 20 };
    const value = Buffer.from('the stored batch');
    await broker.letters([{ record: record({ value, unreadable }), reason: 'BATCH_UNREADABLE', message: 'm' }]);
    expect(broker.stored[0]).toMatchObject({
      value,
      headers: { 'source-topic': 't', 'source-partition': '2', 'source-offset': '17', 'source-last-offset': '20' },
    });
  });
});
