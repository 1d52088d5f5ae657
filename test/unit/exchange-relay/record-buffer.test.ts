import fc from 'fast-check';
import { createRecordBuffer, type Slice } from '../../../services/exchange-relay/core/record-buffer';
import { splitSlices } from '../../../services/exchange-relay/core/split-slices';
import type { KafkaRecord, RecordBatch, TopicPartition } from '../../../shared/kafka/ports';
import { tries } from '../../support/tries';

const record = (partition: number, offset: number): KafkaRecord => ({
  topic: 't',
  partition,
  offset,
  key: null,
  value: null,
  headers: {},
  timestamp: 0,
});

const batch = (partition: number, from: number, count: number, gapAfter = 0): RecordBatch => ({
  topic: 't',
  partition,
  records: Array.from({ length: count }, (_, index) => record(partition, from + index)),
  from,
  nextOffset: from + count + gapAfter,
});

const positions = (...of: [number, number][]): Map<TopicPartition, number> =>
  new Map(of.map(([partition, offset]) => [{ topic: 't', partition }, offset]));

describe('record buffer', () => {
  it('delivers every record once, in order, without gaps between slices, at all sizes', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 3 })),
          { maxLength: 30 },
        ),
        fc.integer({ min: 1, max: 50 }),
        (batches, limit) => {
          const buffer = createRecordBuffer();
          buffer.reset(positions([0, 10], [1, 10], [2, 10]));
          const end = new Map([
            [0, 10],
            [1, 10],
            [2, 10],
          ]);
          let added = 0;
          for (const [partition, count, gap] of batches) {
            const from = end.get(partition) as number;
            buffer.add(batch(partition, from, count, gap));
            end.set(partition, from + count + gap);
            added += count;
          }
          const position = new Map([
            [0, 10],
            [1, 10],
            [2, 10],
          ]);
          let taken = 0;
          for (;;) {
            const slices = buffer.take(limit);
            if (slices.length === 0) break;
            for (const slice of slices) {
              expect(slice.from).toBe(position.get(slice.partition));
              position.set(slice.partition, slice.nextOffset);
              taken += slice.records.length;
              const outside = slice.records.filter(({ offset: at }) => at < slice.from || at >= slice.nextOffset);
              expect(outside).toEqual([]);
            }
            buffer.done(slices, buffer.generation());
          }
          expect(taken).toBe(added);
          expect(position).toEqual(end);
          expect(buffer.size()).toBe(0);
        },
      ),
      { numRuns: tries(100) },
    );
  });

  it('never gives a partition to two hand-overs', () => {
    const buffer = createRecordBuffer();
    buffer.reset(positions([0, 0]));
    buffer.add(batch(0, 0, 10));
    const first = buffer.take(5);
    expect(buffer.take(5)).toEqual([]);
    buffer.done(first, buffer.generation());
    expect(buffer.take(5)).toHaveLength(1);
  });

  it('forgets everything at a rebalance; an earlier hand-over does not free a partition of the new generation', () => {
    const buffer = createRecordBuffer();
    buffer.reset(positions([0, 0]));
    const before = buffer.generation();
    buffer.add(batch(0, 0, 10));
    const old = buffer.take(5);
    buffer.reset(positions([0, 3]));
    expect(buffer.size()).toBe(0);
    buffer.add(batch(0, 3, 4));
    const now = buffer.take(5);
    expect(now[0]?.from).toBe(3);
    buffer.done(old, before);
    buffer.add(batch(0, 7, 4));
    expect(buffer.take(5)).toEqual([]);
  });

  const partitionsOf = (slices: readonly Slice[]) => slices.map(({ partition }) => partition);

  it('serves a partition with one record before the next batch of a fuller one', () => {
    const buffer = createRecordBuffer();
    buffer.reset(positions([0, 0], [1, 0], [2, 0]));
    for (const flooded of [0, 1]) buffer.add(batch(flooded, 0, 500));
    const first = buffer.take(100);
    const second = buffer.take(100);
    buffer.add(batch(2, 0, 1));
    buffer.done(first, buffer.generation());
    expect(partitionsOf(buffer.take(100))).toEqual([2, 0]);
    expect([partitionsOf(first), partitionsOf(second)]).toEqual([[0], [1]]);
  });

  it('lets a partition wait for at most one batch of each other, however full these stay, with two batches in flight', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 3, maxLength: 8 }),
        fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
        (fill, endsFirst) => {
          const buffer = createRecordBuffer();
          buffer.reset(positions(...fill.map((_, partition): [number, number] => [partition, 0])));
          const ends = fill.map(() => 0);
          const refill = (): void =>
            fill.forEach((count, partition) => {
              buffer.add(batch(partition, ends[partition] as number, count));
              ends[partition] = (ends[partition] as number) + count;
            });
          /** batches that began while the partition was free and not served */
          const waited = fill.map(() => 0);
          const flights: (readonly Slice[])[] = [];
          for (const first of endsFirst) {
            refill();
            const busy = flights.flatMap(partitionsOf);
            flights.push(buffer.take(30));
            const served = flights.flatMap(partitionsOf);
            for (const partition of fill.keys())
              waited[partition] =
                served.includes(partition) || busy.includes(partition) ? 0 : (waited[partition] ?? 0) + 1;
            expect(Math.max(...waited)).toBeLessThan(fill.length);
            if (flights.length === 2)
              buffer.done(flights.splice(first ? 0 : 1, 1)[0] as readonly Slice[], buffer.generation());
          }
        },
      ),
      { numRuns: tries(100) },
    );
  });

  it('marks only as many partitions as fill the batch, so that the next one is full too', () => {
    const buffer = createRecordBuffer();
    buffer.reset(positions([0, 0], [1, 0], [2, 0], [3, 0]));
    for (const partition of [0, 1, 2, 3]) buffer.add(batch(partition, 0, 80));
    const [first, second] = [buffer.take(100), buffer.take(100)];
    expect([first, second].map((slices) => slices.reduce((sum, { records }) => sum + records.length, 0))).toEqual([
      100, 100,
    ]);
    for (const slices of [first, second]) buffer.done(slices, buffer.generation());
    // 1 and 3 only filled up, so they are next
    expect(partitionsOf(buffer.take(100))).toEqual([1, 3]);
  });

  it('keeps the turn of a partition that is read again, and is not confused by a late end of its flush', () => {
    const buffer = createRecordBuffer();
    buffer.reset(positions([0, 0], [1, 0]));
    buffer.add(batch(0, 0, 50));
    buffer.add(batch(1, 0, 50));
    const taken = buffer.take(10);
    expect(partitionsOf(taken)).toEqual([0]);
    buffer.rewind({ topic: 't', partition: 0 }, 0);
    buffer.add(batch(0, 0, 50));
    expect(partitionsOf(buffer.take(100))).toEqual([1]);
    expect(buffer.take(100)).toEqual([]);
    buffer.done(taken, buffer.generation());
    expect(buffer.take(100)).toMatchObject([{ partition: 0, from: 0 }]);
  });

  it('ignores records of partitions that are not assigned', () => {
    const buffer = createRecordBuffer();
    buffer.reset(positions([0, 0]));
    buffer.add(batch(1, 0, 5));
    expect(buffer.size()).toBe(0);
  });
});

describe('splitting a batch', () => {
  it('keeps every record in order, and ends the first half where the second begins', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }), (sizes) => {
        const slices: Slice[] = sizes.map((size, partition) => ({ ...batch(partition, 5, size, 2), from: 3 }));
        const halves = splitSlices(slices);
        const total = sizes.reduce((sum, size) => sum + size, 0);
        if (total === 1) return expect(halves).toBeUndefined();
        const [first, second] = halves as readonly [readonly Slice[], readonly Slice[]];
        const offsets = (of: readonly Slice[]) =>
          of.flatMap(({ partition, records }) => records.map(({ offset }) => `${partition}:${offset}`));
        expect([...offsets(first), ...offsets(second)]).toEqual(offsets(slices));
        expect(offsets(first).length).toBe(Math.floor(total / 2));
        for (const slice of slices) {
          const parts = [...first, ...second].filter(({ partition }) => partition === slice.partition);
          expect(parts[0]?.from).toBe(slice.from);
          expect(parts.at(-1)?.nextOffset).toBe(slice.nextOffset);
          if (parts.length === 2) expect(parts[0]?.nextOffset).toBe(parts[1]?.from);
        }
      }),
    );
  });
});
