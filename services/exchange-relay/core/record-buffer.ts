import { type KafkaRecord, partitionKey, type RecordBatch, type TopicPartition } from '../../shared/kafka/ports';

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
  busy: boolean;
};

/**
 * What was fetched and is not yet handed over, by partition. At most one flush holds a partition at a time (`take` … `done`), so records of a
 * partition are committed in order. Bounded by its user: `size` tells when to pause the partitions.
 */
export type RecordBuffer = {
  /** Forgets everything and starts anew with these partitions at these offsets: after every rebalance. Returns the new generation. */
  readonly reset: (positions: ReadonlyMap<TopicPartition, number>) => number;
  /** Forgets what waits of one partition, and expects it from this offset on. */
  readonly rewind: (at: TopicPartition, offset: number) => void;
  readonly add: (batch: RecordBatch) => void;
  /** Up to `limit` records of partitions that no flush holds; empty when there are none. Marks their partitions busy. */
  readonly take: (limit: number) => readonly Slice[];
  readonly done: (slices: readonly Slice[], generation: number) => void;
  /** Records that `take` could give out now. */
  readonly available: () => number;
  readonly size: () => number;
  readonly generation: () => number;
};

export const createRecordBuffer = (): RecordBuffer => {
  let lanes = new Map<string, Lane>();
  let generation = 0;

  const takeFrom = (lane: Lane, limit: number): Slice => {
    const from = lane.position;
    const records: KafkaRecord[] = [];
    while (lane.waiting.length > 0 && records.length < limit) {
      const batch = lane.waiting[0] as RecordBatch;
      const room = limit - records.length;
      if (batch.records.length <= room) {
        records.push(...batch.records);
        lane.position = batch.nextOffset;
        lane.waiting.shift();
      } else {
        records.push(...batch.records.slice(0, room));
        const rest = batch.records.slice(room);
        lane.position = (rest[0] as KafkaRecord).offset;
        lane.waiting[0] = { ...batch, records: rest };
      }
    }
    lane.waitingRecords -= records.length;
    lane.busy = true;
    return { ...lane.at, from, nextOffset: lane.position, records };
  };

  return {
    reset: (positions) => {
      lanes = new Map(
        [...positions].map(([at, position]) => [
          partitionKey(at),
          { at, position, waiting: [], waitingRecords: 0, busy: false },
        ]),
      );
      generation += 1;
      return generation;
    },
    rewind: (at, offset) => {
      const lane = lanes.get(partitionKey(at));
      if (lane) lanes.set(partitionKey(at), { ...lane, position: offset, waiting: [], waitingRecords: 0 });
    },
    add: (batch) => {
      const lane = lanes.get(partitionKey(batch));
      if (!lane) return; // no longer ours: its new owner reads it
      lane.waiting.push(batch);
      lane.waitingRecords += batch.records.length;
    },
    take: (limit) => {
      const slices: Slice[] = [];
      let room = limit;
      // fullest first: full batches for the database, and no partition starves because a taken one is busy
      const free = [...lanes.values()].filter((lane) => !lane.busy && lane.waiting.length > 0);
      for (const lane of free.sort((a, b) => b.waitingRecords - a.waitingRecords)) {
        if (room <= 0) break;
        const slice = takeFrom(lane, room);
        room -= slice.records.length;
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
    generation: () => generation,
  };
};
