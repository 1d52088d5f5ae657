import { createTopics } from '../../shared/kafka/kafkajs/topics';
import { openKafka, withAdmin } from '../connect/open-kafka';
import { loadKafkaSettings } from '../connect/settings';
import { EXIT, usageError } from '../report-error';
import type { Run } from '../run-action';
import { inspectTopics, type TopicState } from './inspect-topics';

export type TopicsCreateArguments = {
  readonly partitions: number;
  readonly replication?: number;
  readonly minInsyncReplicas?: number;
  readonly check?: boolean;
};

const MOST_COPIES = 3;

/**
 * With three replicas, one broker may be down and an acknowledged record is still on two. With two
 * replicas, 2 would stop all writes while one broker is down.
 */
const defaultInsync = (copies: number): { minInsyncReplicas?: number } => (copies < 3 ? {} : { minInsyncReplicas: 2 });

/**
 * Runs `sms-bridge topics create`: creates missing topics and reports the state of all. Returns
 * EXIT.failed when a topic is missing or has problems.
 * @throws BridgeError USAGE, CONFIG_INVALID, KAFKA_…
 */
export const runTopicsCreate: Run<TopicsCreateArguments> = async (context, options) => {
  const { env, verbose, output } = context;
  const { colours } = output;
  const connection = openKafka(loadKafkaSettings(env), verbose);
  const { kafka, hasty, topics } = connection;
  const brokers = await withAdmin(hasty, async (admin) => (await admin.describeCluster()).brokers.length);
  const replicationFactor = options.replication ?? Math.min(MOST_COPIES, brokers);
  if (replicationFactor > brokers) {
    throw usageError(`--replication ${replicationFactor}: there are only ${brokers} brokers`);
  }
  const { minInsyncReplicas } = options;
  if (minInsyncReplicas !== undefined && minInsyncReplicas > replicationFactor) {
    throw usageError(`--min-insync-replicas ${minInsyncReplicas}: there are only ${replicationFactor} copies`);
  }
  const insync = minInsyncReplicas === undefined ? defaultInsync(replicationFactor) : { minInsyncReplicas };
  const created = options.check
    ? []
    : await createTopics(kafka, topics, { partitions: options.partitions, replicationFactor, ...insync });
  const states = await withAdmin(hasty, (admin) => inspectTopics(admin, topics));
  const result = ({ topic, exists }: TopicState): string =>
    created.includes(topic) ? 'created' : exists ? 'exists' : 'missing';
  for (const state of states) {
    const { topic, partitions, replication, exists, problems, advice } = state;
    output.emit({ topic, result: result(state), partitions, replication, problems, advice }, () => {
      const colour = problems.length > 0 ? colours.red : created.includes(topic) ? colours.green : colours.dim;
      const shape = exists ? `  ${partitions} partitions, replication ${replication}` : '';
      return `${colour(result(state).padEnd(8))} ${topic}${shape}`;
    });
    for (const problem of exists ? problems : []) output.say(`  ${colours.red(problem)}`);
    for (const line of advice) output.say(`  ${colours.yellow(line)}`);
  }
  return states.some(({ problems }) => problems.length > 0) ? EXIT.failed : EXIT.ok;
};
