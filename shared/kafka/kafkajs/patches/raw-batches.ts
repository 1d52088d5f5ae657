import type { Kafka } from 'kafkajs';
import type { TopicPartition } from '../../ports';
import { withClusters } from '../private-api';
import { FIELD, type RawBatch, readLong } from '../read-batch';

/**
 * What kafkajs is given in place of records: one for each stored batch, undecoded. It drops those
 * of aborted transactions and markers, for which it looks at these fields only.
 */
export type RawMessage = {
  readonly raw: RawBatch;
  /** the last one in the batch */
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
/** offset and length */
const ENTRY_HEAD = 12;
/** key of the marker that ends an aborted transaction; behind length, attributes, timestamp, offset and the key's length, which are a byte each */
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

/** The offset of an entry from before Kafka 0.11 is its last record's. */
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

/** The whole batches in what was fetched of a partition; the broker may cut the last one off anywhere. */
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

/** Reads an answer to Fetch, versions 4 to 11 (https://kafka.apache.org/protocol#The_Messages_Fetch), into the shape that kafkajs gives it. */
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
    return { topicName, partitions };
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
 * The same client; its consumers get `RawMessage`s. kafkajs decodes records within the answer of a
 * broker, all partitions of it at once, without a bound, and gives the consumer up when it cannot;
 * an answer with one bad batch would stop everybody for ever.
 * @param onEnds hears with each answer where a partition ends: for readers, who do not see open
 *   transactions, and in all
 */
export const withRawBatches = (kafka: Kafka, onEnds: OnEnds = () => undefined): Kafka =>
  withClusters<Cluster>(kafka, (create) => (options) => {
    const cluster = create(options);
    const { findBroker } = cluster;
    cluster.findBroker = async (topicPartition) => fetchRaw(await findBroker.call(cluster, topicPartition), onEnds);
    return cluster;
  });
