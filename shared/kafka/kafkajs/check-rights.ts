import type { Kafka } from 'kafkajs';
import { BridgeError } from '../../errors';
import { createCluster } from './private-api';

/** What a process uses of Kafka. */
export type KafkaUse = { readonly topics: readonly string[]; readonly groupId?: string };

const CONSUMER_GROUP = 0;
/** A frozen broker must not hold up the start. */
const ANSWER_MS = 5_000;

const isRefusal = (error: { readonly type?: string }): boolean => /^(TOPIC|GROUP)_AUTHORIZATION/.test(error.type ?? '');

/**
 * Checks that the process may see its topics and its group: any right on one of them lets it.
 * Kafka's refusal in the middle of work does not name the topic, and kafkajs takes the one of a
 * group for a coordinator that cannot be found, until the consumer has been silent for too long.
 * Passes when Kafka gives no answer: the work itself reports that.
 * @throws BridgeError KAFKA_SETTINGS, with the names
 */
export const checkRights = async (kafka: Kafka, { topics, groupId }: KafkaUse): Promise<void> => {
  const cluster = createCluster(kafka, ANSWER_MS);
  const refused: string[] = [];
  const look = (name: string, answer: Promise<unknown>): Promise<unknown> =>
    answer.catch((error) => {
      if (isRefusal(error)) refused.push(name);
    });
  try {
    await cluster.connect();
    const broker = await cluster.brokerPool.findConnectedBroker();
    for (const topic of topics) await look(`topic ${topic}`, broker.metadata([topic]));
    if (groupId !== undefined)
      await look(`group ${groupId}`, broker.findGroupCoordinator({ groupId, coordinatorType: CONSUMER_GROUP }));
  } catch {
    return;
  } finally {
    await cluster.disconnect().catch(() => undefined);
  }
  if (refused.length === 0) return;
  throw new BridgeError(
    'KAFKA_SETTINGS',
    `this Kafka user has no right on ${refused.join(', ')}: deploy/kafka-acls.sh gives each service its rights`,
  );
};
