import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { KafkaRecord, TopicPartition } from '../ports';

const NO_HEADERS: KafkaRecord['headers'] = {};

/** Of a header that is there several times, the last one counts. */
const toHeaders = (headers: IHeaders | undefined): KafkaRecord['headers'] => {
  if (headers === undefined) return NO_HEADERS;
  const result: Record<string, Buffer> = {};
  for (const name in headers) {
    const value = headers[name];
    const last = Array.isArray(value) ? value[value.length - 1] : value;
    if (last !== undefined) result[name] = typeof last === 'string' ? Buffer.from(last) : last;
  }
  return result;
};

/** A record that kafkajs decoded as ours. */
export const toRecord = ({ topic, partition }: TopicPartition, message: KafkaMessage): KafkaRecord => ({
  topic,
  partition,
  offset: Number(message.offset),
  key: message.key,
  value: message.value,
  headers: toHeaders(message.headers),
  timestamp: Number(message.timestamp),
});
