import type { Kafka } from 'kafkajs';
import type { TopicPartition } from '../../ports';
import { withClusters } from '../private-api';
import { FIELD, type RawBatch, readLong } from '../read-batch';

/**
 * Stands for a stored, undecoded batch where kafkajs expects a record. kafkajs reads only these
 * fields, to drop the batches of aborted transactions and the control batches.
 */
export type RawMessage = {
  readonly raw: RawBatch;
  /** offset of the last record in the batch */
  readonly offset: string;
  readonly key: Buffer | null;
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
};

export type OnEnds = (topicPartition: TopicPartition, stableEnd: number, end: number) => void;

type Request = { readonly request: { readonly apiVersion: number }; readonly response: object };
type Broker = {
  readonly lookupRequest: (key: number, definition: object) => (options: object) => Request;
  fetch: (options: object) => Promise<unknown>;
};
type Cluster = { findBroker: (topicPartition: object) => Promise<Broker> };

const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
/** bytes of the fields offset and length */
const ENTRY_HEAD = 12;
/**
 * Position of a control record's key, after its length, attributes, timestamp delta, offset delta
 * and key length of one byte each.
 */
const MARKER_KEY = FIELD.records + 5;

const toFormat2 = (bytes: Buffer): RawMessage => {
  const firstOffset = readLong(bytes, 0);
  const lastOffset = firstOffset + Math.max(0, bytes.readInt32BE(FIELD.lastOffsetDelta));
  const attributes = bytes.readInt16BE(FIELD.attributes);
  const isControlRecord = (attributes & CONTROL) !== 0;
  return {
    raw: { bytes, firstOffset, lastOffset },
    offset: String(lastOffset),
    key: isControlRecord ? bytes.subarray(MARKER_KEY, MARKER_KEY + 4) : null,
    isControlRecord,
    batchContext: {
      producerId: String(bytes.readBigInt64BE(FIELD.producerId)),
      inTransaction: (attributes & TRANSACTIONAL) !== 0,
    },
  };
};

/** Formats 0 and 1 (before Kafka 0.11): the offset of an entry is that of its last record. */
const toOldEntry = (bytes: Buffer): RawMessage => {
  const offset = readLong(bytes, 0);
  return {
    raw: { bytes, firstOffset: offset, lastOffset: offset },
    offset: String(offset),
    key: null,
    isControlRecord: false,
    batchContext: { producerId: '-1', inTransaction: false },
  };
};

/** Splits fetched bytes into whole batches; the broker may cut the last one off at any byte. */
export const splitBatches = (bytes: Buffer): RawMessage[] => {
  const messages: RawMessage[] = [];
  for (let pos = 0; pos + FIELD.magic < bytes.length; ) {
    const end = pos + ENTRY_HEAD + bytes.readInt32BE(pos + FIELD.length);
    const old = bytes.readInt8(pos + FIELD.magic) < 2;
    if (end > bytes.length || end < pos + (old ? FIELD.magic : FIELD.records)) break;
    const batch = bytes.subarray(pos, end);
    messages.push(old ? toOldEntry(batch) : toFormat2(batch));
    pos = end;
  }
  return messages;
};

const sizeOf = (messages: readonly RawMessage[]): number =>
  messages.reduce((sum, { raw }) => sum + raw.bytes.length, 0);

/**
 * Decodes a Fetch response, versions 4 to 11
 * (https://kafka.apache.org/protocol#The_Messages_Fetch), into kafkajs' shape.
 */
const createDecode = (version: number, onEnds: OnEnds) => async (bytes: Buffer) => {
  let pos = 0;
  const move = (by: number): number => {
    pos += by;
    return pos - by;
  };
  const int16 = (): number => bytes.readInt16BE(move(2));
  const int32 = (): number => bytes.readInt32BE(move(4));
  const int64 = (): string => String(bytes.readBigInt64BE(move(8)));
  const list = <T>(read: () => T): T[] => Array.from({ length: Math.max(0, int32()) }, read);
  const readText = (): string => {
    const length = int16();
    return bytes.toString('utf8', move(length), pos);
  };
  const readPartition = () => ({
    partition: int32(),
    errorCode: int16(),
    highWatermark: int64(),
    lastStableOffset: int64(),
    lastStartOffset: version >= 5 ? int64() : undefined,
    abortedTransactions: list(() => ({ producerId: int64(), firstOffset: int64() })),
    preferredReadReplica: version >= 11 ? int32() : undefined,
    messages: splitBatches(bytes.subarray(move(Math.max(0, int32())), pos)),
  });
  const readTopic = () => {
    const topicName = readText();
    const partitions = list(readPartition);
    for (const { errorCode, partition, lastStableOffset, highWatermark } of partitions) {
      if (errorCode === 0) onEnds({ topic: topicName, partition }, Number(lastStableOffset), Number(highWatermark));
    }
    // kafkajs hands them out in this order. A few records need not wait for a backlog to find room.
    return { topicName, partitions: partitions.sort((a, b) => sizeOf(a.messages) - sizeOf(b.messages)) };
  };
  const throttledMs = int32();
  return {
    throttleTime: version >= 8 ? 0 : throttledMs,
    clientSideThrottleTime: version >= 8 ? throttledMs : undefined,
    errorCode: version >= 7 ? int16() : 0,
    sessionId: version >= 7 ? int32() : 0,
    responses: list(readTopic),
  };
};

const FETCH = 1;

const fetchRaw = (broker: Broker, onEnds: OnEnds): Broker => {
  if (Object.hasOwn(broker, 'fetch')) return broker;
  const lookupRequest: Broker['lookupRequest'] = (key, definition) => {
    const prepare = broker.lookupRequest(key, definition);
    if (key !== FETCH) return prepare;
    return (options) => {
      const { request, response, ...rest } = prepare(options);
      return { ...rest, request, response: { ...response, decode: createDecode(request.apiVersion, onEnds) } };
    };
  };
  const { fetch } = broker;
  const raw = Object.create(broker, { lookupRequest: { value: lookupRequest } }) as Broker;
  broker.fetch = (options) => fetch.call(raw, options);
  return broker;
};

/**
 * Returns a client whose consumers get `RawMessage`s. kafkajs decodes the records of all partitions
 * of a response at once, without a memory limit, and ends the consumer when that fails: one bad
 * batch would stop all partitions for ever.
 * @param onEnds gets the last stable offset and the log end offset of each partition in a response
 */
export const withRawBatches = (kafka: Kafka, onEnds: OnEnds = () => undefined): Kafka =>
  withClusters<Cluster>(kafka, (create) => (options) => {
    const cluster = create(options);
    const { findBroker } = cluster;
    cluster.findBroker = async (topicPartition) => fetchRaw(await findBroker.call(cluster, topicPartition), onEnds);
    return cluster;
  });
