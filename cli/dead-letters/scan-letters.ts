import type { KafkaRecord } from '../../shared/kafka/ports';
import { expectTopics, type KafkaConnection } from '../connect/open-kafka';
import { positionsOf, readTopic } from '../connect/read-topic';
import { type Letter, replayOf, toLetter } from './dead-letter';

export type Scan = { readonly letters: readonly Letter[]; readonly replayed: ReadonlySet<string> };

/**
 * Reads the dead-letter topic up to its present end. Returns the dead letters, oldest first, and
 * the ids of the replayed ones. Bytes are not kept in memory.
 * @param onLetter receives each dead letter with its record, bytes included
 * @throws BridgeError TOPIC_MISSING, KAFKA_…
 */
export const scanLetters = async (
  connection: KafkaConnection,
  signal: AbortSignal,
  onLetter: (letter: Letter, record: KafkaRecord) => void = () => undefined,
): Promise<Scan> => {
  const { kafka, topics } = connection;
  await expectTopics(connection, [topics.deadLetter]);
  const positions = await positionsOf(kafka, topics.deadLetter);
  const letters: Letter[] = [];
  const replayed = new Set<string>();
  await readTopic(connection, {
    topic: topics.deadLetter,
    from: new Map(),
    until: new Map([...positions].map(([partition, { high }]) => [partition, high])),
    signal,
    onRecords: async (records) => {
      for (const record of records) {
        const replayedId = replayOf(record);
        if (replayedId !== undefined) {
          replayed.add(replayedId);
          continue;
        }
        const letter = toLetter(record);
        letters.push(letter);
        onLetter(letter, record);
      }
      return undefined;
    },
  });
  letters.sort((a, b) => a.at - b.at || a.partition - b.partition || a.offset - b.offset);
  return { letters, replayed };
};
