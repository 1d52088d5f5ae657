import type { Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import { messageOf } from '../../errors';
import { type Cluster, type ClusterBroker, createCluster } from './private-api';

/** Stores the member id that an instance has in a group, outside the process. */
export type MemberStore = {
  readonly load: (groupId: string, instanceId: string) => Promise<string | undefined>;
  readonly save: (groupId: string, instanceId: string, memberId: string) => Promise<void>;
};

/**
 * Returns the members with this process's client id. It contains the instance's name, so these are
 * the instance's earlier processes, or joins that this one did not complete.
 */
const membersOfThisClient = async (coordinator: ClusterBroker, groupId: string): Promise<readonly string[]> => {
  const { groups } = await coordinator.describeGroups({ groupIds: [groupId] });
  const { clientId } = coordinator.connectionPool;
  return groups.flatMap(({ members }) =>
    members.filter((member) => member.clientId === clientId).map((member) => member.memberId),
  );
};

/**
 * Removes this instance's stale members from the group: those of its earlier processes and of
 * incomplete joins. kafkajs has no static membership and joins with a new member id after each
 * crash. Without this, the group waits for the stale member until its session times out, or assigns
 * it partitions that no process reads (30 s, measured, when the connection broke during a join).
 * Never throws: the worst case is that wait. Two running processes with one INSTANCE_ID remove each
 * other; the offset rows in the database make that harmless, and `remember-member.ts` warns of it.
 */
export const removeStaleMembers = async (
  kafka: Kafka,
  options: {
    readonly groupId: string;
    readonly instanceId: string;
    readonly members: MemberStore | undefined;
    readonly logger: Logger;
  },
): Promise<void> => {
  const { groupId, instanceId, members, logger } = options;
  let cluster: Cluster | undefined;
  try {
    const loading = members?.load(groupId, instanceId).catch(() => undefined);
    cluster = createCluster(kafka);
    await cluster.connect();
    const coordinator = await cluster.findGroupCoordinator({ groupId });
    const [remembered, present] = await Promise.all([loading, membersOfThisClient(coordinator, groupId)]);
    for (const memberId of new Set(remembered === undefined ? present : [remembered, ...present])) {
      try {
        await coordinator.leaveGroup({ groupId, memberId });
        logger.info({ groupId, memberId }, 'removed the stale member of an earlier process');
      } catch (error) {
        // usual after a clean stop: the member has left already
        logger.debug({ groupId, memberId, err: messageOf(error) }, 'the earlier process is no member of the group');
      }
    }
  } catch (error) {
    logger.debug({ groupId, err: messageOf(error) }, 'cannot look for stale members of the group');
  } finally {
    await cluster?.disconnect().catch(() => undefined);
  }
};
