import { type KafkaRecord, type RecordBatch, recordBytes, type TopicPartition } from '../ports';
import type { RawMessage } from './patches/raw-batches';
import { readBatch } from './read-batch';

/** With them the others get their turn: what is left of a large batch is fetched again. */
const MOST_RECORDS = 5_000;
/** beyond it no further batch is opened; each may inflate to far more */
const ENOUGH_BYTES = 1_048_576;

/**
 * Reads what was fetched of one partition, or the beginning of it. Never throws.
 * @param from where reading stands
 * @param lastOffset the last one that was fetched, markers of transactions included
 */
export const readFetched = async (
  fetched: TopicPartition & { readonly messages: readonly RawMessage[] },
  from: number,
  lastOffset: number,
  inflatedBytes: number,
): Promise<RecordBatch> => {
  const { topic, partition, messages } = fetched;
  const records: KafkaRecord[] = [];
  let bytes = 0;
  let nextOffset = from;
  for (const [i, { raw }] of messages.entries()) {
    const limits = { inflatedBytes, records: MOST_RECORDS - records.length };
    const read = await readBatch(raw, { topic, partition }, from, limits);
    for (const record of read.records) records.push(record);
    bytes += read.records.reduce((sum, record) => sum + recordBytes(record), 0);
    nextOffset = read.nextOffset;
    if (nextOffset <= raw.lastOffset) break;
    if (i === messages.length - 1) nextOffset = lastOffset + 1;
    else if (bytes >= ENOUGH_BYTES || records.length >= MOST_RECORDS) break;
  }
  return { topic, partition, from, records, nextOffset };
};
