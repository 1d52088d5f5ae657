import {
  type KafkaRecord,
  partitionKey,
  type RecordBatch,
  recordBytes,
  type TopicPartition,
} from '../../../shared/kafka/ports';

/**
 * Consecutive records of one partition. `from` is the next offset to read before them, `nextOffset`
 * after them.
 */
export type Slice = TopicPartition & {
  readonly from: number;
  readonly nextOffset: number;
  readonly records: readonly KafkaRecord[];
};

type Lane = {
  readonly topicPartition: TopicPartition;
  /** value of the offset row when the flush that holds the lane is done */
  row: number;
  /** the offset after all taken records */
  position: number;
  /** the offset after all records that were added */
  end: number;
  waiting: RecordBatch[];
  /** not ready yet: other records overtake them, the offset row does not */
  held: KafkaRecord[];
  waitingRecords: number;
  waitingBytes: number;
  busy: boolean;
  /** rank among the lanes: the lowest is served first */
  turn: number;
};

const bytesOfAll = (records: readonly KafkaRecord[]): number =>
  records.reduce((sum, record) => sum + recordBytes(record), 0);

/** Returns how many of the records fit; at least one. */
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

/** Most held records that do not count as waiting. More of them pause the partitions in the end. */
const FREELY_HELD = 50_000;

type Keep = Pick<Lane, 'busy' | 'turn'>;

const createLane = (topicPartition: TopicPartition, position: number, { busy, turn }: Keep): Lane => ({
  topicPartition,
  row: position,
  position,
  end: position,
  waiting: [],
  held: [],
  waitingRecords: 0,
  waitingBytes: 0,
  busy,
  turn,
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
  return { ...lane.topicPartition, from, nextOffset: lane.row, records };
};

/** Adds what is ready to the waiting records of a lane, and holds the others. */
const addTo = (lane: Lane, batch: RecordBatch, isReady: (record: KafkaRecord) => boolean): void => {
  const records = batch.records.every(isReady) ? batch.records : batch.records.filter(isReady);
  if (records !== batch.records) lane.held.push(...batch.records.filter((record) => !isReady(record)));
  lane.waiting.push({ ...batch, records });
  lane.end = batch.nextOffset;
  lane.waitingRecords += records.length;
  lane.waitingBytes += bytesOfAll(batch.records);
};

/** Puts what is ready by now among the waiting records, in the order of offsets. */
const releaseReady = (lane: Lane, isReady: (record: KafkaRecord) => boolean): void => {
  const records = lane.held.filter(isReady);
  if (records.length === 0) return;
  lane.held = lane.held.filter((record) => !isReady(record));
  const waiting = lane.waiting.flatMap((batch) => batch.records);
  const inOrder = [...records, ...waiting].sort((one, other) => one.offset - other.offset);
  lane.waiting = [{ ...lane.topicPartition, from: lane.row, records: inOrder, nextOffset: lane.end }];
  lane.waitingRecords += records.length;
};

/**
 * The fetched records that are not handed over yet, by partition. At most one flush holds a
 * partition at a time (`take` … `done`), so the records of a partition are committed in order. The
 * exception is records that are not ready: they are held, and the offset row stays before them
 * until they are committed. If the process dies meanwhile, the records that overtook them are read
 * again, and the ledger knows them. The caller bounds the buffer: `size` and `bytes` show when to
 * pause the partitions.
 */
export type RecordBuffer = {
  /**
   * Forgets all records and starts with these partitions at these offsets: after every rebalance.
   * Returns the new generation.
   */
  readonly reset: (positions: ReadonlyMap<TopicPartition, number>) => number;
  /** Forgets the waiting records of one partition, and expects it from this offset. */
  readonly rewind: (partition: TopicPartition, offset: number) => void;
  /**
   * Adds a batch. A batch that does not begin where the partition's records end is refused: with a
   * gap, the offset row would pass records that were never committed.
   * @returns the offset to read from instead, or undefined if the batch was added
   */
  readonly add: (batch: RecordBatch) => number | undefined;
  /**
   * Takes up to `limit` records of about `maxBytes` from partitions that no flush holds, and marks
   * those partitions busy. Empty if there are none. The partition that was served the longest ago
   * comes first, whatever the others hold: it waits for at most one batch of each. Only as many
   * partitions as fill the batch are marked, so that the other flushes find full batches too.
   * @param overtake false: takes no record of a partition with a held record
   */
  readonly take: (limit: number, maxBytes?: number, overtake?: boolean) => readonly Slice[];
  readonly done: (slices: readonly Slice[], generation: number) => void;
  /** Returns about `limit` held records, some of each partition. */
  readonly held: (limit: number) => readonly KafkaRecord[];
  /** Moves held records that are ready now to the waiting ones. */
  readonly release: () => void;
  /** Returns the number of records that `take` could return now. */
  readonly available: () => number;
  readonly size: () => number;
  /** Returns true if no record of this partition waits or is held, and no flush holds it. */
  readonly isIdle: (partition: TopicPartition) => boolean;
  /** Returns about the bytes of the waiting and the held records. */
  readonly bytes: () => number;
  readonly generation: () => number;
};

/**
 * Creates an empty buffer.
 * @param isReady a record for which this is false is held until `release` finds it true
 */
export const createRecordBuffer = (isReady: (record: KafkaRecord) => boolean = () => true): RecordBuffer => {
  let lanes = new Map<string, Lane>();
  let generation = 0;
  let turns = 0;
  return {
    reset: (positions) => {
      lanes = new Map(
        [...positions].map(([partition, position]) => [
          partitionKey(partition),
          createLane(partition, position, { busy: false, turn: 0 }),
        ]),
      );
      generation += 1;
      return generation;
    },
    rewind: (partition, offset) => {
      const lane = lanes.get(partitionKey(partition));
      if (lane) lanes.set(partitionKey(partition), createLane(lane.topicPartition, offset, lane));
    },
    add: (batch) => {
      const lane = lanes.get(partitionKey(batch));
      // The partition is no longer assigned here. Its new owner reads the record.
      if (lane === undefined) return undefined;
      if (batch.from !== lane.end) return lane.end;
      addTo(lane, batch, isReady);
      return undefined;
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
      const free = [...lanes.values()].filter(
        ({ busy, waiting, held }) => !busy && waiting.length > 0 && (overtake || held.length === 0),
      );
      for (const lane of free.sort((a, b) => a.turn - b.turn)) {
        if (room <= 0 || bytes <= 0) break;
        const slice = takeFrom(lane, room, bytes);
        // One that only fills the batch up keeps its turn, so that each gets whole batches in the end.
        if (slices.length === 0 || lane.waiting.length === 0) lane.turn = ++turns;
        room -= slice.records.length;
        bytes -= bytesOfAll(slice.records);
        slices.push(slice);
      }
      return slices;
    },
    done: (slices, taken) => {
      if (taken !== generation) return;
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
    isIdle: (partition) => {
      const lane = lanes.get(partitionKey(partition));
      return lane === undefined || (!lane.busy && lane.waitingRecords === 0 && lane.held.length === 0);
    },
    bytes: () => [...lanes.values()].reduce((sum, lane) => sum + lane.waitingBytes, 0),
    generation: () => generation,
  };
};
