import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { registerCompressionCodecs } from '../../../shared/kafka/kafkajs/compression-codecs';
import { splitBatches } from '../../../shared/kafka/kafkajs/patches/raw-batches';
import { readBatch } from '../../../shared/kafka/kafkajs/read-batch';
import { readFetched } from '../../../shared/kafka/kafkajs/read-fetched';
import { toBatch, toOldEntry, toRecordBytes, toVarint } from '../../support/record-batches';

const AT = { topic: 't', partition: 3 };
const LIMITS = { inflatedBytes: 1_048_576, records: 10_000 };
const FOLDER = join(__dirname, 'batches');

const read = (bytes: Buffer, from = 0, limits = LIMITS) => {
  const { raw } = splitBatches(bytes)[0]!;
  return readBatch(raw, AT, from, limits);
};
const records = (count: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, i) => toRecordBytes(i, { value: Buffer.from(`value ${i}`) })));

describe('a stored batch', () => {
  it.each(readdirSync(FOLDER).filter((name) => name.endsWith('.bin')))('is read: %s', async (name) => {
    const batches = splitBatches(readFileSync(join(FOLDER, name)));
    const all = [];
    for (const { raw } of batches) all.push(...(await readBatch(raw, AT, 0, LIMITS)).records);
    expect(all.map(({ offset }) => offset)).toEqual(Array.from({ length: 500 }, (_, i) => i));
    expect(
      all.map(({ key, value, headers, topic, partition }) => [topic, partition, `${key}`, `${value}`, `${headers.n}`]),
    ).toEqual(all.map((_, i) => ['t', 3, `k${i}`, `消息 ${i} 停电通知`, `${i}`]));
    expect(Math.min(...all.map(({ timestamp }) => timestamp))).toBeGreaterThan(Date.UTC(2023, 11, 31));
  });

  it('is read from its middle, and in parts', async () => {
    const batch = toBatch(gzipSync(records(10)), { count: 10, compression: 1, firstOffset: 100 });
    const part = await read(batch, 103, { ...LIMITS, records: 4 });
    expect(part.records.map(({ offset }) => offset)).toEqual([103, 104, 105, 106]);
    expect(part.nextOffset).toBe(107);
    const rest = await read(batch, 107);
    expect(rest.records.map(({ offset }) => offset)).toEqual([107, 108, 109]);
    expect(rest.nextOffset).toBe(110);
  });

  it('may have gaps, as on a compacted topic', async () => {
    const kept = Buffer.concat([toRecordBytes(2, { value: null }), toRecordBytes(5, { value: Buffer.from('x') })]);
    const { records: found, nextOffset } = await read(toBatch(kept, { count: 2, lastDelta: 7, firstOffset: 10 }));
    expect(found.map(({ offset, unreadable }) => [offset, unreadable])).toEqual([
      [12, undefined],
      [15, undefined],
    ]);
    expect(nextOffset).toBe(18);
    expect(await read(toBatch(Buffer.alloc(0), { count: 0, lastDelta: 7 }))).toEqual({ records: [], nextOffset: 8 });
  });

  it('keeps headers of any name; the last one of a name counts, and all are kept beside', async () => {
    const headers = [
      ['__proto__', Buffer.from('p')],
      ['a', Buffer.from('1')],
      ['a', Buffer.from('2')],
      ['n', null],
    ] as const;
    const { records: found } = await read(toBatch(toRecordBytes(0, { value: null, headers }), { count: 1 }));
    expect(Object.entries(found[0]!.headers).map(([name, value]) => [name, String(value)])).toEqual([
      ['__proto__', 'p'],
      ['a', '2'],
    ]);
    expect(found[0]!.allHeaders?.map(([name, value]) => [name, String(value)])).toEqual([
      ['__proto__', 'p'],
      ['a', '1'],
      ['a', '2'],
      ['n', ''],
    ]);
    const single = toRecordBytes(0, { value: null, headers: headers.slice(0, 2) });
    expect((await read(toBatch(single, { count: 1 }))).records[0]).not.toHaveProperty('allHeaders');
  });

  const one = toRecordBytes(0, { value: Buffer.from('value') });
  const wrongChecksum = toBatch(one, { count: 1 });
  wrongChecksum[70]! ^= 1;
  it.each<[string, Buffer]>([
    ['fewer records than it claims', toBatch(records(2), { count: 3 })],
    ['more records than it claims', toBatch(records(3), { count: 2, lastDelta: 2 })],
    ['a claim of millions of records', toBatch(one, { count: 2_000_000_000, lastDelta: 2_000_000_000 })],
    ['a count below zero', toBatch(one, { count: -1, lastDelta: 0 })],
    ['more records than offsets', toBatch(records(3), { count: 3, lastDelta: 1 })],
    ['a record that is longer than its batch', toBatch(Buffer.concat([toVarint(1_000), one]), { count: 1 })],
    ['a length below zero', toBatch(Buffer.concat([toVarint(-5), one]), { count: 1 })],
    ['a number without an end', toBatch(Buffer.alloc(20, 0xff), { count: 1 })],
    ['the same offset twice', toBatch(Buffer.concat([one, one]), { count: 2 })],
    ['a value that is longer than its record', toBatch(Buffer.from([16, 0, 0, 0, 1, 200, 1, 0, 0]), { count: 1 })],
    ['a claim of millions of headers', toBatch(Buffer.from([20, 0, 0, 0, 1, 1, 0x80, 0x89, 0x7a, 0, 0]), { count: 1 })],
    ['a wrong checksum', wrongChecksum],
    ['gzip that is damaged', toBatch(Buffer.from('no gzip at all'), { count: 1, compression: 1 })],
    ['a compression that Kafka does not have', toBatch(one, { count: 1, compression: 6 })],
    [
      'more than the bound after decompression',
      toBatch(gzipSync(Buffer.alloc(2_000_000)), { count: 1, compression: 1 }),
    ],
  ])('becomes one record with the reason for %s, and reading continues after it', async (_, batch) => {
    const { records: found, nextOffset } = await read(batch);
    const { lastOffset } = splitBatches(batch)[0]!.raw;
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ ...AT, offset: 0, key: null, headers: {}, unreadable: { lastOffset } });
    expect(found[0]!.unreadable!.message).toMatch(/^the batch at offsets 0 to \d+ cannot be read: /);
    expect(found[0]!.value!.equals(batch)).toBe(true);
    expect(nextOffset).toBe(lastOffset + 1);
  });
});

describe('an entry of a format before Kafka 0.11', () => {
  beforeAll(registerCompressionCodecs);
  const inner = Buffer.concat([0, 1, 2].map((i) => toOldEntry(i, Buffer.from(`old ${i}`))));

  it('is read, alone or compressed together with others', async () => {
    const bytes = Buffer.concat([toOldEntry(4, Buffer.from('alone')), toOldEntry(7, gzipSync(inner), 1)]);
    const all = [];
    for (const { raw } of splitBatches(bytes)) all.push(...(await readBatch(raw, AT, 0, LIMITS)).records);
    expect(all.map(({ offset, value }) => [offset, String(value)])).toEqual([
      [4, 'alone'],
      [5, 'old 0'],
      [6, 'old 1'],
      [7, 'old 2'],
    ]);
  });

  it('becomes one record with the reason when it cannot be decompressed or exceeds the bound', async () => {
    for (const value of [Buffer.from('no gzip'), gzipSync(Buffer.alloc(40_000_000))]) {
      const { records: found, nextOffset } = await read(toOldEntry(7, value, 1));
      expect(found).toMatchObject([{ offset: 7, unreadable: { lastOffset: 7 } }]);
      expect(nextOffset).toBe(8);
    }
  });
});

describe('a fetched partition', () => {
  const fetch = (batches: readonly Buffer[], from = 0) => {
    const messages = splitBatches(Buffer.concat(batches));
    const last = Number(messages.at(-1)?.offset);
    return readFetched({ ...AT, messages }, from, last, 16_777_216);
  };

  it('ends with the last whole batch', () => {
    const whole = toBatch(records(3), { count: 3 });
    const bytes = Buffer.concat([whole, whole.subarray(0, 40)]);
    expect(splitBatches(bytes)).toHaveLength(1);
    for (let length = 0; length < whole.length; length += 1) {
      expect(splitBatches(whole.subarray(0, length))).toHaveLength(0);
    }
  });

  it('continues after a bad batch, and after several in a row', async () => {
    const bad = (firstOffset: number) => toBatch(Buffer.from('x'), { count: 2, compression: 1, firstOffset });
    const good = (firstOffset: number) => toBatch(records(2), { count: 2, firstOffset });
    const batch = await fetch([good(0), bad(2), bad(4), good(6), bad(8)]);
    expect(batch.records.map(({ offset, unreadable }) => [offset, unreadable?.lastOffset])).toEqual([
      [0, undefined],
      [1, undefined],
      [2, 3],
      [4, 5],
      [6, undefined],
      [7, undefined],
      [8, 9],
    ]);
    expect(batch.nextOffset).toBe(10);
  });

  it('is read in parts when it is large: countless tiny records, or batches that expand', async () => {
    const empty = Buffer.concat(Array.from({ length: 20_000 }, (_, i) => toRecordBytes(i, { value: null })));
    const many = await fetch([toBatch(gzipSync(empty), { count: 20_000, compression: 1 })], 12_000);
    expect(many.records).toHaveLength(5_000);
    expect(many.nextOffset).toBe(17_000);

    const large = gzipSync(toRecordBytes(0, { value: Buffer.alloc(5_000_000) }));
    const bombs = await fetch([0, 1, 2, 3].map((at) => toBatch(large, { count: 1, compression: 1, firstOffset: at })));
    expect(bombs.records).toHaveLength(1);
    expect(bombs.nextOffset).toBe(1);
  });
});
