import type { Admin } from 'kafkajs';
import { messageOf } from '../../shared/errors';
import type { TopicNames } from '../../shared/kafka/kafkajs/topics';
import { inspectTopics, type TopicState } from '../topics/inspect-topics';
import { checkGroup, type Group } from './check-group';
import { broken, type Check, type Finding, warning, well } from './finding';

const checkCluster = async (admin: Admin, startedAt: number): Promise<Finding> => {
  const { brokers, clusterId } = await admin.describeCluster();
  const ms = Math.round(performance.now() - startedAt);
  const list = brokers.map(({ host, port }) => `${host}:${port}`).join(', ');
  return well('kafka: connection', `cluster ${clusterId}, ${brokers.length} broker(s): ${list}, ${ms} ms`);
};

/** Returns the command that corrects the settings of a topic. */
export const toConfigs = (brokers: string, { topic, corrections }: TopicState): string => {
  if (corrections.length === 0) return '';
  // A value with a comma needs brackets there.
  const values = corrections.map(([name, value]) => `${name}=${value.includes(',') ? `[${value}]` : value}`);
  return `\n      kafka-configs.sh --bootstrap-server ${brokers} --alter --entity-type topics --entity-name ${topic} --add-config '${values.join(',')}'`;
};

const checkTopics = async (admin: Admin, names: TopicNames, brokers: string): Promise<readonly Finding[]> =>
  (await inspectTopics(admin, names)).map((state): Finding => {
    const check = `topic: ${state.topic}`;
    const shape = `${state.partitions} partitions, replication ${state.replication}`;
    if (!state.exists) return broken(check, 'is missing', 'Create it: `sms-bridge topics create`.');
    if (state.lagging > 0) {
      return warning(
        check,
        `${state.lagging} of ${state.partitions} partitions have replicas out of sync`,
        'Is a broker down or slow?',
      );
    }
    if (state.problems.length > 0) {
      return broken(check, state.problems.join('; '), `Records may be lost too early.${toConfigs(brokers, state)}`);
    }
    if (state.advice.length > 0)
      return warning(
        check,
        `${shape}; ${state.advice.join('; ')}`,
        `See docs/operate/deploy.md#several-brokers and docs/runbooks/batch-unreadable.md.${toConfigs(brokers, state)}`,
      );
    return well(check, shape);
  });

/**
 * Returns the checks of the cluster, the topics and the consumer groups.
 * @param brokers KAFKA_BROKERS
 * @param startedAt performance.now() when the connection was begun
 */
export const kafkaChecks = (
  admin: Admin,
  names: TopicNames,
  groups: readonly Group[],
  brokers: string,
  startedAt: number,
): readonly Check[] => [
  { name: 'kafka: connection', look: () => checkCluster(admin, startedAt) },
  { name: 'kafka: topics', look: () => checkTopics(admin, names, brokers) },
  ...groups.map((group) => ({
    name: `group: ${group.groupId}`,
    look: async () => {
      try {
        return await checkGroup(admin, group);
      } catch (error) {
        if (!/does not host this topic/i.test(messageOf(error))) throw error;
        return [
          warning(
            `group: ${group.groupId}`,
            `there is no topic ${group.topic}`,
            'Create it: `sms-bridge topics create`.',
          ),
        ];
      }
    },
  })),
];
