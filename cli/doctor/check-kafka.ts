import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { messageOf } from '../../shared/errors';
import type { TopicNames } from '../../shared/kafka/kafkajs/topics';
import { inspectTopics } from '../topics/inspect-topics';
import { broken, type Check, type Finding, warning, well } from './finding';

const checkCluster = async (admin: Admin, startedAt: number): Promise<Finding> => {
  const { brokers, clusterId } = await admin.describeCluster();
  const ms = Math.round(performance.now() - startedAt);
  const list = brokers.map(({ host, port }) => `${host}:${port}`).join(', ');
  return well('kafka: connection', `cluster ${clusterId}, ${brokers.length} broker(s): ${list}, ${ms} ms`);
};

const checkTopics = async (admin: Admin, names: TopicNames): Promise<readonly Finding[]> =>
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
      return broken(
        check,
        state.problems.join('; '),
        'Change it with kafka-configs.sh --alter --topic; records may be lost too early.',
      );
    }
    if (state.advice.length > 0)
      return warning(
        check,
        `${shape}; ${state.advice.join('; ')}`,
        'See docs/operate/deploy.md#several-brokers and docs/runbooks/batch-unreadable.md.',
      );
    return well(check, shape);
  });

type Group = {
  readonly groupId: string;
  readonly service: string;
  readonly topic: string;
  /**
   * next offsets of the group according to the database. Undefined: the database cannot be read, or
   * Kafka's own offsets count.
   */
  readonly positions: (() => Promise<ReadonlyMap<number, number> | undefined>) | undefined;
  /** log end offsets by partition, including records that open transactions hold back */
  readonly logEnds: () => Promise<ReadonlyMap<number, number>>;
};

const OUT_OF_LOG_ADVICE =
  'The topic was recreated, or records were deleted before they were read. Nothing is reset automatically: see docs/runbooks/offset-out-of-range.md.';

const committedOffsets = async (admin: Admin, groupId: string, topic: string): Promise<ReadonlyMap<number, number>> => {
  const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
  return new Map(offsets?.partitions.map((entry) => [entry.partition, Number(entry.offset)]));
};

const OPEN_TRANSACTION_MS = 3_000;

/**
 * Finds partitions whose last stable offset (KIP-98) lies before the log end and does not move
 * within 3 s: an open transaction keeps consumers from reading on.
 */
const checkTransactions = async (admin: Admin, { topic, logEnds }: Group): Promise<readonly Finding[]> => {
  const look = async () => {
    const ends = await logEnds();
    const stable = await admin.fetchTopicOffsets(topic);
    return stable.map(({ partition, high }) => ({
      partition,
      high,
      behind: (ends.get(partition) ?? 0) - Number(high),
    }));
  };
  const first = (await look()).filter(({ behind }) => behind > 0).sort((a, b) => a.partition - b.partition);
  if (first.length === 0) return [];
  await sleep(OPEN_TRANSACTION_MS);
  const second = new Map((await look()).map((entry) => [entry.partition, entry]));
  const stuck = first.flatMap(({ partition, high }) => {
    const now = second.get(partition);
    return now !== undefined && now.behind > 0 && now.high === high ? [`partition ${partition} by ${now.behind}`] : [];
  });
  if (stuck.length === 0) return [];
  return [
    broken(
      `transactions: ${topic}`,
      `last stable offset behind: ${stuck.join(', ')}`,
      "A publisher's transaction is open, so records after its start cannot be read. See docs/runbooks/open-transaction.md.",
    ),
  ];
};

/** Checks a group's members, its lag, and whether its stored offsets lie within the log. */
const checkGroup = async (admin: Admin, group: Group): Promise<readonly Finding[]> => {
  const { groupId, service, topic, positions, logEnds } = group;
  const check = `group: ${groupId}`;
  const { groups } = await admin.describeGroups([groupId]);
  const state = groups[0]?.state ?? 'Dead';
  const members = groups[0]?.members.length ?? 0;
  const log = await admin.fetchTopicOffsets(topic);
  const ends = await logEnds();
  const stored = await positions?.();
  const nextOffsets = stored ?? (await committedOffsets(admin, groupId, topic));
  let lag = 0;
  const outside: string[] = [];
  for (const { partition, low, high } of log) {
    const next = nextOffsets.get(partition) ?? -1;
    if (next >= 0 && stored !== undefined && (next < Number(low) || next > Number(high))) {
      outside.push(`${partition} at ${next}, log ${low} to ${high}`);
    }
    lag += Math.max(0, (ends.get(partition) ?? Number(high)) - (next < 0 ? Number(low) : next));
  }
  const words = `${state.toLowerCase()}, ${members} member(s), lag ${lag.toLocaleString('en')}`;
  const member =
    members === 0
      ? broken(
          check,
          `no members, lag ${lag.toLocaleString('en')}`,
          `Start ${service} (node dist/services/${service}/main.js).`,
        )
      : well(check, words);
  const transactions = await checkTransactions(admin, group);
  if (stored === undefined) return [member, ...transactions];
  const range =
    outside.length > 0
      ? broken(`offsets: ${topic}`, `outside the log: partition ${outside.join('; ')}`, OUT_OF_LOG_ADVICE)
      : well(
          `offsets: ${topic}`,
          nextOffsets.size === 0 ? 'none stored yet' : `${nextOffsets.size} partitions, all within the log`,
        );
  return [member, range, ...transactions];
};

/**
 * Returns the checks of the cluster, the topics and the consumer groups.
 * @param startedAt performance.now() when the connection was begun
 */
export const kafkaChecks = (
  admin: Admin,
  names: TopicNames,
  groups: readonly Group[],
  startedAt: number,
): readonly Check[] => [
  { name: 'kafka: connection', look: () => checkCluster(admin, startedAt) },
  { name: 'kafka: topics', look: () => checkTopics(admin, names) },
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
