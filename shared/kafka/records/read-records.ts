import type { KafkaRecord, TopicPartition } from '../ports';

/** Bytes that do not follow Kafka's record format. The message holds nothing of the content. */
export class BadFraming extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BadFraming';
  }
}

export type Frame = TopicPartition & {
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** Number of records that the batch must contain. */
  readonly count: number;
  /** Returns the timestamp (epoch ms) of a record with this delta. */
  readonly timestamp: (delta: number) => number;
};

type Cursor = { readonly bytes: Buffer; pos: number; end: number };

/** One byte each: length, attributes, timestamp, offset, key, value, headers. */
const SHORTEST_RECORD = 7;
/**
 * Records of the bridge have three headers. Headers above this limit are dropped: a batch may
 * contain millions.
 */
const MOST_HEADERS = 1_000;
const NO_HEADERS = { headers: {} } as const;

const readVarint = (cursor: Cursor): number => {
  let zigzag = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = cursor.pos < cursor.end ? (cursor.bytes[cursor.pos++] as number) : undefined;
    if (byte === undefined) throw new BadFraming('a number ends early');
    zigzag |= (byte & 0x7f) << shift;
    if (byte < 0x80) return (zigzag >>> 1) ^ -(zigzag & 1);
  }
  throw new BadFraming('a number is too long');
};

/** Reads a varlong. Exact below 2^53, which is enough for times. */
const readVarlong = (cursor: Cursor): number => {
  let zigzag = 0;
  for (let index = 0; index < 10; index += 1) {
    const byte = cursor.pos < cursor.end ? (cursor.bytes[cursor.pos++] as number) : undefined;
    if (byte === undefined) throw new BadFraming('a number ends early');
    zigzag += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }
  throw new BadFraming('a number is too long');
};

const readBytes = (cursor: Cursor): Buffer | null => {
  const length = readVarint(cursor);
  if (length === -1) return null;
  if (length < 0 || cursor.pos + length > cursor.end) throw new BadFraming('a field is longer than its record');
  cursor.pos += length;
  return cursor.bytes.subarray(cursor.pos - length, cursor.pos);
};

type Headers = Pick<KafkaRecord, 'headers' | 'allHeaders'>;

const NOTHING = Buffer.alloc(0);

/**
 * Reads the headers. The last of several headers with the same name wins; all are listed only if
 * there are such, because each list costs every record.
 */
const readHeaders = (cursor: Cursor, listed = false): Headers => {
  const start = cursor.pos;
  const count = readVarint(cursor);
  if (count === 0) return NO_HEADERS;
  if (count < 0 || 2 * count > cursor.end - cursor.pos) throw new BadFraming('there are fewer headers than it says');
  const headers: Record<string, Buffer> = {};
  const all: [string, Buffer][] = [];
  let complete = true;
  for (let i = 0; i < count; i += 1) {
    const name = readBytes(cursor);
    const value = readBytes(cursor);
    if (name === null) throw new BadFraming('a header has no name');
    if (i >= MOST_HEADERS) continue;
    const key = name.toString();
    if (listed) all.push([key, value ?? NOTHING]);
    complete &&= value !== null && !Object.hasOwn(headers, key);
    if (value === null) continue;
    // Assigning to this name would replace the object's prototype.
    if (key === '__proto__') Object.defineProperty(headers, key, { value, enumerable: true, configurable: true });
    else headers[key] = value;
  }
  if (complete) return { headers };
  if (listed) return { headers, allHeaders: all };
  cursor.pos = start;
  return readHeaders(cursor, true);
};

const readFields = (cursor: Cursor, offset: number, delta: number, frame: Frame): KafkaRecord => {
  const key = readBytes(cursor);
  const value = readBytes(cursor);
  const { headers, allHeaders } = readHeaders(cursor);
  if (cursor.pos !== cursor.end) throw new BadFraming('a record is longer than its fields');
  const record = {
    topic: frame.topic,
    partition: frame.partition,
    offset,
    key,
    value,
    headers,
    timestamp: frame.timestamp(delta),
  };
  return allHeaders === undefined ? record : { ...record, allHeaders };
};

/**
 * Reads the records of a batch in format 2 (https://kafka.apache.org/documentation/#record),
 * starting at the offset `from`.
 * @param limit most records to return; the framing of the others is still checked
 * @returns the records, and the offset of the first one beyond `limit`
 * @throws BadFraming
 */
export const readRecords = (
  bytes: Buffer,
  start: number,
  frame: Frame,
  from: number,
  limit: number,
): { readonly records: KafkaRecord[]; readonly left: number | undefined } => {
  if (
    frame.count < 0 ||
    frame.count > frame.lastOffset - frame.firstOffset + 1 ||
    SHORTEST_RECORD * frame.count > bytes.length - start
  ) {
    throw new BadFraming(`it cannot hold the ${frame.count} records that it claims`);
  }
  const records: KafkaRecord[] = [];
  let left: number | undefined;
  let before = frame.firstOffset - 1;
  const cursor: Cursor = { bytes, pos: start, end: bytes.length };
  for (let i = 0; i < frame.count; i += 1) {
    cursor.end = bytes.length;
    const length = readVarint(cursor);
    const end = cursor.pos + length;
    if (length < 1 || end > bytes.length) throw new BadFraming('a record is longer than its batch');
    cursor.end = end;
    cursor.pos += 1; // attributes: Kafka does not use them
    const delta = readVarlong(cursor);
    const offset = frame.firstOffset + readVarint(cursor);
    if (offset <= before || offset > frame.lastOffset) throw new BadFraming('its offsets are not in order');
    before = offset;
    if (offset >= from && records.length < limit) records.push(readFields(cursor, offset, delta, frame));
    else if (offset >= from) left ??= offset;
    cursor.pos = end;
  }
  if (cursor.pos !== bytes.length) throw new BadFraming('there is more in it than its records');
  return { records, left };
};
