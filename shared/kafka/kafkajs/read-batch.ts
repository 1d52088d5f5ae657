import { messageOf } from '../../errors';
import type { KafkaRecord, TopicPartition } from '../ports';
import { decompress } from '../records/compression/decompress';
import { crc32c } from '../records/crc32c';
import { BadFraming, type Frame, readRecords } from '../records/read-records';
import { toRecord } from './to-record';

/** A batch as stored: its bytes and its range of offsets. */
export type RawBatch = { readonly bytes: Buffer; readonly firstOffset: number; readonly lastOffset: number };

export type BatchLimits = {
  /** most bytes of a decompressed batch */
  readonly inflatedBytes: number;
  /** most records to return at once */
  readonly records: number;
};

/** Byte positions of a batch's fields (https://kafka.apache.org/documentation/#recordbatch). */
export const FIELD = {
  length: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
  records: 61,
} as const;

const COMPRESSION = 0x7;
const LOG_APPEND_TIME = 0x8;

/** Exact below 2^53. */
export const readLong = (bytes: Buffer, at: number): number =>
  bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);

const toFrame = ({ bytes, firstOffset, lastOffset }: RawBatch, at: TopicPartition): Frame => {
  const first = readLong(bytes, FIELD.firstTimestamp);
  const latest = readLong(bytes, FIELD.maxTimestamp);
  const appended = (bytes.readInt16BE(FIELD.attributes) & LOG_APPEND_TIME) !== 0;
  const timestamp = appended ? () => latest : (delta: number) => first + delta;
  const { topic, partition } = at;
  return { topic, partition, firstOffset, lastOffset, count: bytes.readInt32BE(FIELD.count), timestamp };
};

const readFormat2 = (raw: RawBatch, at: TopicPartition, from: number, limits: BatchLimits) => {
  const { bytes } = raw;
  if (crc32c(bytes, FIELD.attributes) !== bytes.readInt32BE(FIELD.crc)) throw new BadFraming('its checksum is wrong');
  const format = bytes.readInt16BE(FIELD.attributes) & COMPRESSION;
  if (format === 0) return readRecords(bytes, FIELD.records, toFrame(raw, at), from, limits.records);
  const inflated = decompress(format, bytes.subarray(FIELD.records), limits.inflatedBytes);
  return readRecords(inflated, 0, toFrame(raw, at), from, limits.records);
};

type OldDecoder = (decoder: object, size: number) => Promise<readonly Parameters<typeof toRecord>[1][]>;

/**
 * Reads an entry of format 0 or 1 (before Kafka 0.11) through kafkajs with our codecs. An entry is
 * one record, or several that are compressed together.
 */
const readOldEntry = async ({ bytes }: RawBatch, at: TopicPartition, from: number) => {
  const Decoder = require('kafkajs/src/protocol/decoder') as new (of: Buffer) => object;
  const decode = require('kafkajs/src/protocol/messageSet/decoder') as OldDecoder;
  const messages = await decode(new Decoder(bytes), bytes.length);
  if (messages.length === 0) throw new BadFraming('there is no whole message in it');
  const records = messages.map((message) => toRecord(at, message)).filter(({ offset }) => offset >= from);
  return { records, left: undefined };
};

/** Returns a record that stands for an unreadable batch: its value is the stored batch. */
const toUnreadable = (raw: RawBatch, { topic, partition }: TopicPartition, from: number, why: string): KafkaRecord => {
  const offset = Math.max(raw.firstOffset, from);
  const message = `the batch at offsets ${raw.firstOffset} to ${raw.lastOffset} cannot be read: ${why}`;
  const unreadable = { message, lastOffset: raw.lastOffset };
  return { topic, partition, offset, key: null, value: raw.bytes, headers: {}, timestamp: Date.now(), unreadable };
};

/**
 * Reads the records of a stored batch from an offset on. Never throws: a batch that cannot be
 * decompressed or parsed is returned as one record with `unreadable`.
 * @returns the records, and the offset to continue at
 */
export const readBatch = async (
  raw: RawBatch,
  at: TopicPartition,
  from: number,
  limits: BatchLimits,
): Promise<{ readonly records: readonly KafkaRecord[]; readonly nextOffset: number }> => {
  try {
    const old = raw.bytes.readInt8(FIELD.magic) < 2;
    const { records, left } = old ? await readOldEntry(raw, at, from) : readFormat2(raw, at, from, limits);
    return { records, nextOffset: left ?? raw.lastOffset + 1 };
  } catch (error) {
    return { records: [toUnreadable(raw, at, from, messageOf(error))], nextOffset: raw.lastOffset + 1 };
  }
};
