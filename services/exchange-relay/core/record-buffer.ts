import {
  type KafkaRecord,
  partitionKey,
  type RecordBatch,
  recordBytes,
  type TopicPartition,
} from '../../shared/kafka/ports';

/** Consecutive records of one partition. `from` is the offset where reading stood before them, `nextOffset` where it stands after them. */
export type Slice = TopicPartition & {
  readonly from: number;
  readonly nextOffset: number;
  readonly records: readonly KafkaRecord[];
};

type Lane = {
  readonly at: TopicPartition;
  position: number;
  waiting: RecordBatch[];
  waitingRecords: number;
  waitingBytes: number;
  busy: boolean;
};

const bytesOfAll = (records: readonly KafkaRecord[]): number =>
  records.reduce((sum, record) => sum + recordBytes(record), 0);

/** How many of the records there is room for: the first one always. */
const countFitting = (records: readonly KafkaRecord[], limit: number, bytes: number): number => {
  let count = 0;
  let left = bytes;
  for (const record of records) {
    left -= recordBytes(record);
    if (count === limit || (count > 0 && left < 0)) break;
    count += 1;
  }
  return count;
};

/**
 * What was fetched and is not yet handed over, by partition. At most one flush holds a partition at a time (`take` … `done`), so records of a
 * partition are committed in order. Bounded by its user: `size` and `bytes` tell when to pause the partitions.
 */
export type RecordBuffer = {
  /** Forgets everything and starts anew with these partitions at these offsets: after every rebalance. Returns the new generation. */
  readonly reset: (positions: ReadonlyMap<TopicPartition, number>) => number;
  /** Forgets what waits of one partition, and expects it from this offset on. */
  readonly rewind: (at: TopicPartition, offset: number) => void;
  readonly add: (batch: RecordBatch) => void;
  /** Up to `limit` records of about `maxBytes` of partitions that no flush holds; empty when there are none. Marks their partitions busy. */
  readonly take: (limit: number, maxBytes?: number) => readonly Slice[];
  readonly done: (slices: readonly Slice[], generation: number) => void;
  /** Records that `take` could give out now. */
  readonly available: () => number;
  readonly size: () => number;
  /** About what the waiting records take in memory. */
  readonly bytes: () => number;
  readonly generation: () => number;
};

export const createRecordBuffer = (): RecordBuffer => {
  let lanes = new Map<string, Lane>();
  let generation = 0;

  const takeFrom = (lane: Lane, limit: number, maxBytes: number): Slice => {
    const from = lane.position;
    const records: KafkaRecord[] = [];
    let bytes = 0;
    while (lane.waiting.length > 0 && records.length < limit && (bytes === 0 || bytes < maxBytes)) {
      const batch = lane.waiting[0] as RecordBatch;
      const count = countFitting(batch.records, limit - records.length, maxBytes - bytes);
      const taken = count === batch.records.length ? batch.records : batch.records.slice(0, count);
      records.push(...taken);
      bytes += bytesOfAll(taken);
      if (taken === batch.records) {
        lane.position = batch.nextOffset;
        lane.waiting.shift();
      } else {
        const rest = batch.records.slice(count);
        lane.position = (rest[0] as KafkaRecord).offset;
        lane.waiting[0] = { ...batch, records: rest };
      }
    }
    lane.waitingRecords -= records.length;
    lane.waitingBytes -= bytes;
    lane.busy = true;
    return { ...lane.at, from, nextOffset: lane.position, records };
  };

  return {
    reset: (positions) => {
      lanes = new Map(
        [...positions].map(([at, position]) => [
          partitionKey(at),
          { at, position, waiting: [], waitingRecords: 0, waitingBytes: 0, busy: false },
        ]),
      );
      generation += 1;
      return generation;
    },
    rewind: (at, offset) => {
      const lane = lanes.get(partitionKey(at));
      if (lane)
        lanes.set(partitionKey(at), { ...lane, position: offset, waiting: [], waitingRecords: 0, waitingBytes: 0 });
    },
    add: (batch) => {
      const lane = lanes.get(partitionKey(batch));
      if (!lane) return; // no longer ours: its new owner reads it
      lane.waiting.push(batch);
      lane.waitingRecords += batch.records.length;
      lane.waitingBytes += bytesOfAll(batch.records);
    },
    take: (limit, maxBytes = Number.POSITIVE_INFINITY) => {
      const slices: Slice[] = [];
      let room = limit;
      let bytes = maxBytes;
      // fullest first: full batches for the database, and no partition starves because a taken one is busy
      const free = [...lanes.values()].filter((lane) => !lane.busy && lane.waiting.length > 0);
      for (const lane of free.sort((a, b) => b.waitingRecords - a.waitingRecords)) {
        if (room <= 0 || bytes <= 0) break;
        const slice = takeFrom(lane, room, bytes);
        room -= slice.records.length;
        bytes -= bytesOfAll(slice.records);
        slices.push(slice);
      }
      return slices;
    },
    done: (slices, of) => {
      if (of !== generation) return;
      for (const slice of slices) {
        const lane = lanes.get(partitionKey(slice));
        if (lane) lane.busy = false;
      }
    },
    available: () => [...lanes.values()].reduce((sum, lane) => sum + (lane.busy ? 0 : lane.waitingRecords), 0),
    size: () => [...lanes.values()].reduce((sum, lane) => sum + lane.waitingRecords, 0),
    bytes: () => [...lanes.values()].reduce((sum, lane) => sum + lane.waitingBytes, 0),
    generation: () => generation,
  };
};
