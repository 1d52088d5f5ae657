import {
  type KafkaRecord,
  partitionKey,
  type RecordBatch,
  recordBytes,
  type TopicPartition,
} from '../../../shared/kafka/ports';

/** Consecutive records of one partition. `from` is the offset where reading stood before them, `nextOffset` where it stands after them. */
export type Slice = TopicPartition & {
  readonly from: number;
  readonly nextOffset: number;
  readonly records: readonly KafkaRecord[];
};

type Lane = {
  readonly at: TopicPartition;
  /** where its offset row stands when the flush that holds it is done */
  row: number;
  /** behind everything that was taken */
  position: number;
  waiting: RecordBatch[];
  /** not ready yet: others overtake them, the row does not */
  held: KafkaRecord[];
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

/** How many records may be held before they count as waiting ones, which pause the partitions in the end. */
const FREELY_HELD = 50_000;

const createLane = (at: TopicPartition, position: number, busy = false): Lane => ({
  at,
  row: position,
  position,
  waiting: [],
  held: [],
  waitingRecords: 0,
  waitingBytes: 0,
  busy,
});

const firstOffsets = ({ held, waiting }: Lane): readonly number[] =>
  [held, ...waiting.map(({ records }) => records)].flatMap(([first]) => (first === undefined ? [] : [first.offset]));

/** Takes what there is room for from the front of a lane, and marks it busy. */
const takeFrom = (lane: Lane, limit: number, maxBytes: number): Slice => {
  const from = lane.row;
  const records: KafkaRecord[] = [];
  let bytes = 0;
  while (lane.waiting.length > 0 && records.length < limit && (bytes === 0 || bytes < maxBytes)) {
    const batch = lane.waiting[0] as RecordBatch;
    const count = countFitting(batch.records, limit - records.length, maxBytes - bytes);
    const taken = count === batch.records.length ? batch.records : batch.records.slice(0, count);
    records.push(...taken);
    bytes += bytesOfAll(taken);
    if (taken === batch.records) {
      lane.position = Math.max(lane.position, batch.nextOffset);
      lane.waiting.shift();
    } else {
      const rest = batch.records.slice(count);
      lane.position = Math.max(lane.position, (rest[0] as KafkaRecord).offset);
      lane.waiting[0] = { ...batch, records: rest };
    }
  }
  lane.waitingRecords -= records.length;
  lane.waitingBytes -= bytes;
  lane.busy = true;
  lane.row = Math.min(lane.position, ...firstOffsets(lane));
  return { ...lane.at, from, nextOffset: lane.row, records };
};

/** Puts what is ready by now among the waiting records, in the order of offsets. */
const releaseReady = (lane: Lane, isReady: (record: KafkaRecord) => boolean): void => {
  const records = lane.held.filter(isReady);
  if (records.length === 0) return;
  lane.held = lane.held.filter((record) => !isReady(record));
  const waiting = lane.waiting.flatMap((batch) => batch.records);
  const nextOffset = lane.waiting.at(-1)?.nextOffset ?? 0;
  const inOrder = [...records, ...waiting].sort((one, other) => one.offset - other.offset);
  lane.waiting = [{ ...lane.at, records: inOrder, nextOffset }];
  lane.waitingRecords += records.length;
};

/**
 * What was fetched and is not yet handed over, by partition. At most one flush holds a partition at a time (`take` … `done`), so records of a
 * partition are committed in order, but for those that are not ready: they are held, and until they are committed too the offset row stays before them. What
 * overtook them is read again if the process dies meanwhile, and the ledger knows it. Bounded by its user: `size` and `bytes` tell when to pause the partitions.
 */
export type RecordBuffer = {
  /** Forgets everything and starts anew with these partitions at these offsets: after every rebalance. Returns the new generation. */
  readonly reset: (positions: ReadonlyMap<TopicPartition, number>) => number;
  /** Forgets what waits of one partition, and expects it from this offset on. */
  readonly rewind: (at: TopicPartition, offset: number) => void;
  readonly add: (batch: RecordBatch) => void;
  /**
   * Up to `limit` records of about `maxBytes` of partitions that no flush holds; empty when there are none. Marks their partitions busy.
   * @param overtake false: nothing is given out of a partition of which a record is held
   */
  readonly take: (limit: number, maxBytes?: number, overtake?: boolean) => readonly Slice[];
  readonly done: (slices: readonly Slice[], generation: number) => void;
  /** Up to so many of the records that are held, of each partition some. */
  readonly held: (limit: number) => readonly KafkaRecord[];
  /** Lets those go that are ready by now. */
  readonly release: () => void;
  /** Records that `take` could give out now. */
  readonly available: () => number;
  readonly size: () => number;
  /** True when of this partition nothing waits or is held, and no flush holds it. */
  readonly isIdle: (at: TopicPartition) => boolean;
  /** About what the waiting and the held records take in memory. */
  readonly bytes: () => number;
  readonly generation: () => number;
};

/** @param isReady what is not is held until `release` finds that it is */
export const createRecordBuffer = (isReady: (record: KafkaRecord) => boolean = () => true): RecordBuffer => {
  let lanes = new Map<string, Lane>();
  let generation = 0;

  return {
    reset: (positions) => {
      lanes = new Map([...positions].map(([at, position]) => [partitionKey(at), createLane(at, position)]));
      generation += 1;
      return generation;
    },
    rewind: (at, offset) => {
      const lane = lanes.get(partitionKey(at));
      if (lane) lanes.set(partitionKey(at), createLane(lane.at, offset, lane.busy));
    },
    add: (batch) => {
      const lane = lanes.get(partitionKey(batch));
      if (!lane) return; // no longer ours: its new owner reads it
      const records = batch.records.every(isReady) ? batch.records : batch.records.filter(isReady);
      if (records !== batch.records) lane.held.push(...batch.records.filter((record) => !isReady(record)));
      lane.waiting.push({ ...batch, records });
      lane.waitingRecords += records.length;
      lane.waitingBytes += bytesOfAll(batch.records);
    },
    held: (limit) => {
      const holding = [...lanes.values()].filter(({ held }) => held.length > 0);
      return holding.flatMap(({ held }) => held.slice(0, Math.ceil(limit / holding.length)));
    },
    release: () => {
      for (const lane of lanes.values()) releaseReady(lane, isReady);
    },
    take: (limit, maxBytes = Number.POSITIVE_INFINITY, overtake = true) => {
      const slices: Slice[] = [];
      let room = limit;
      let bytes = maxBytes;
      // fullest first: full batches for the database, and no partition starves because a taken one is busy
      const free = [...lanes.values()].filter(
        ({ busy, waiting, held }) => !busy && waiting.length > 0 && (overtake || held.length === 0),
      );
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
    size: () => {
      const held = [...lanes.values()].reduce((sum, lane) => sum + lane.held.length, 0);
      return [...lanes.values()].reduce((sum, lane) => sum + lane.waitingRecords, Math.max(0, held - FREELY_HELD));
    },
    isIdle: (at) => {
      const lane = lanes.get(partitionKey(at));
      return lane === undefined || (!lane.busy && lane.waitingRecords === 0 && lane.held.length === 0);
    },
    bytes: () => [...lanes.values()].reduce((sum, lane) => sum + lane.waitingBytes, 0),
    generation: () => generation,
  };
};
