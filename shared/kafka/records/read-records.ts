import type { KafkaRecord, TopicPartition } from '../ports';

/** Bytes that are not framed as Kafka frames records. Says nothing of their content. */
export class BadFraming extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BadFraming';
  }
}

export type Frame = TopicPartition & {
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** how many records there must be */
  readonly count: number;
  /** timestamp of a record from what it says itself, in epoch ms */
  readonly timestamp: (delta: number) => number;
};

type Cursor = { readonly bytes: Buffer; pos: number; end: number };

/** length, attributes, timestamp, offset, key, value, headers: a byte each */
const SHORTEST_RECORD = 7;
/** Ours have three. Those beyond are left out: a batch may hold millions of them. */
const MOST_HEADERS = 1_000;
const NO_HEADERS: KafkaRecord['headers'] = {};

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

/** Exact below 2^53, which is enough for times. */
const readVarlong = (cursor: Cursor): number => {
  let zigzag = 0;
  for (let at = 0; at < 10; at += 1) {
    const byte = cursor.pos < cursor.end ? (cursor.bytes[cursor.pos++] as number) : undefined;
    if (byte === undefined) throw new BadFraming('a number ends early');
    zigzag += (byte & 0x7f) * 2 ** (7 * at);
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

/** Of a header that is there several times, the last one counts. */
const readHeaders = (cursor: Cursor): KafkaRecord['headers'] => {
  const count = readVarint(cursor);
  if (count === 0) return NO_HEADERS;
  if (count < 0 || 2 * count > cursor.end - cursor.pos) throw new BadFraming('there are fewer headers than it says');
  const headers: Record<string, Buffer> = {};
  for (let i = 0; i < count; i += 1) {
    const name = readBytes(cursor);
    const value = readBytes(cursor);
    if (name === null) throw new BadFraming('a header has no name');
    if (value === null || i >= MOST_HEADERS) continue;
    const key = name.toString();
    // assigning to this name would change the object's kind
    if (key === '__proto__') Object.defineProperty(headers, key, { value, enumerable: true, configurable: true });
    else headers[key] = value;
  }
  return headers;
};

const readFields = (cursor: Cursor, offset: number, delta: number, of: Frame): KafkaRecord => {
  const key = readBytes(cursor);
  const value = readBytes(cursor);
  const headers = readHeaders(cursor);
  if (cursor.pos !== cursor.end) throw new BadFraming('a record is longer than its fields');
  return { topic: of.topic, partition: of.partition, offset, key, value, headers, timestamp: of.timestamp(delta) };
};

/**
 * Reads the records of a batch of format 2 (https://kafka.apache.org/documentation/#record) from an offset on.
 * @param limit most records to return; the framing of the others is looked at all the same
 * @returns the records, and the offset of the first one that was left for later
 * @throws BadFraming
 */
export const readRecords = (
  bytes: Buffer,
  start: number,
  of: Frame,
  from: number,
  limit: number,
): { readonly records: KafkaRecord[]; readonly left: number | undefined } => {
  if (
    of.count < 0 ||
    of.count > of.lastOffset - of.firstOffset + 1 ||
    SHORTEST_RECORD * of.count > bytes.length - start
  ) {
    throw new BadFraming(`it cannot hold the ${of.count} records that it claims`);
  }
  const records: KafkaRecord[] = [];
  let left: number | undefined;
  let before = of.firstOffset - 1;
  const cursor: Cursor = { bytes, pos: start, end: bytes.length };
  for (let i = 0; i < of.count; i += 1) {
    cursor.end = bytes.length;
    const length = readVarint(cursor);
    const end = cursor.pos + length;
    if (length < 1 || end > bytes.length) throw new BadFraming('a record is longer than its batch');
    cursor.end = end;
    cursor.pos += 1; // attributes: none are in use
    const delta = readVarlong(cursor);
    const offset = of.firstOffset + readVarint(cursor);
    if (offset <= before || offset > of.lastOffset) throw new BadFraming('its offsets are not in order');
    before = offset;
    if (offset >= from && records.length < limit) records.push(readFields(cursor, offset, delta, of));
    else if (offset >= from) left ??= offset;
    cursor.pos = end;
  }
  if (cursor.pos !== bytes.length) throw new BadFraming('there is more in it than its records');
  return { records, left };
};
