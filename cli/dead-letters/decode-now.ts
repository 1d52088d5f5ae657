import type { Codecs } from '../../shared/avro/open-codecs';
import type { TopicNames } from '../../shared/kafka/kafkajs/topics';
import type { KafkaRecord } from '../../shared/kafka/ports';

/**
 * Decodes the bytes again: a schema that was unknown then may be registered now. Returns undefined
 * when no codec belongs to the topic.
 */
export const decodeNow = async (
  { value }: Pick<KafkaRecord, 'value'>,
  topic: string,
  topics: TopicNames,
  codecs: Codecs,
) => {
  const key = (Object.keys(codecs) as (keyof Codecs)[]).find((name) => topics[name] === topic);
  if (key === undefined) return undefined;
  await codecs[key].prefetchSchemas([value]);
  return codecs[key].decode(value);
};
