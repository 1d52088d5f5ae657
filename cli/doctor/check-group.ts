import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { broken, type Finding, well } from './finding';
import { judgeProgress, type PartitionLook, stuckPartitions } from './judge-progress';

export type Group = {
  readonly groupId: string;
  readonly service: string;
  readonly topic: string;
  /**
   * next offsets of the group according to the database. Undefined: the database cannot be read, or
   * Kafka's own offsets count.
   */
  readonly positions: (() => Promise<ReadonlyMap<number, number> | undefined>) | undefined;
  /**
   * Returns the time (epoch ms) of the oldest record from these offsets on; undefined when there is
   * none before the last stable offset.
   */
  readonly oldestFrom: (from: ReadonlyMap<number, number>) => Promise<number | undefined>;
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

const lookAt = async (admin: Admin, { groupId, topic, positions, logEnds }: Group) => {
  const stored = await positions?.();
  const next = stored ?? (await committedOffsets(admin, groupId, topic));
  const log = await admin.fetchTopicOffsets(topic);
  const ends = await logEnds();
  return log.map(({ partition, low, high }): PartitionLook => {
    const stableEnd = Number(high);
    const at = next.get(partition) ?? -1;
    return {
      partition,
      low: Number(low),
      stableEnd,
      end: ends.get(partition) ?? stableEnd,
      next: at < 0 ? undefined : at,
      fromDatabase: stored !== undefined,
    };
  });
};

const BETWEEN_LOOKS_MS = 3_000;

/** Looks twice: a service that stands still is told from one that works. */
const checkProgress = async (admin: Admin, group: Group, first: readonly PartitionLook[]): Promise<Finding> => {
  const check = `progress: ${group.topic}`;
  if (stuckPartitions(first, first).size === 0) return judgeProgress(check, group.service, new Map(), undefined);
  await sleep(BETWEEN_LOOKS_MS);
  const stuck = stuckPartitions(first, await lookAt(admin, group));
  // Behind the offset there may be only the marks of transactions, which are no work.
  const oldest = stuck.size === 0 ? undefined : await group.oldestFrom(stuck);
  return judgeProgress(check, group.service, stuck, oldest === undefined ? undefined : Date.now() - oldest);
};

/** Checks a group's members, its lag and progress, and whether its offsets lie within the log. */
export const checkGroup = async (admin: Admin, group: Group): Promise<readonly Finding[]> => {
  const { groupId, service, topic } = group;
  const check = `group: ${groupId}`;
  const { groups } = await admin.describeGroups([groupId]);
  const state = groups[0]?.state ?? 'Dead';
  const members = groups[0]?.members.length ?? 0;
  const looks = await lookAt(admin, group);
  const lag = looks.reduce((sum, { next, low, end }) => sum + Math.max(0, end - (next ?? low)), 0);
  const words = `lag ${lag.toLocaleString('en')}`;
  const advice = `Start ${service} (node dist/services/${service}/main.js).`;
  const member =
    members === 0
      ? broken(check, `no members, ${words}`, advice)
      : well(check, `${state.toLowerCase()}, ${members} member(s), ${words}`);
  const outside = looks.filter(
    ({ next, low, stableEnd, fromDatabase }) => fromDatabase && next !== undefined && (next < low || next > stableEnd),
  );
  const progress = members === 0 || outside.length > 0 ? [] : [await checkProgress(admin, group, looks)];
  const transactions = await checkTransactions(admin, group);
  if (!looks.some(({ fromDatabase }) => fromDatabase)) return [member, ...progress, ...transactions];
  const stored = looks.filter(({ next }) => next !== undefined).length;
  const places = outside.map(
    ({ partition, next, low, stableEnd }) => `${partition} at ${next}, log ${low} to ${stableEnd}`,
  );
  const range =
    outside.length > 0
      ? broken(`offsets: ${topic}`, `outside the log: partition ${places.join('; ')}`, OUT_OF_LOG_ADVICE)
      : well(`offsets: ${topic}`, stored === 0 ? 'none stored yet' : `${stored} partitions, all within the log`);
  return [member, ...progress, range, ...transactions];
};
