import type { Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import { messageOf } from '../../errors';
import { type Cluster, type ClusterBroker, createCluster } from './private-api';

/** Remembers, outside the process, under which member id an instance is in a group. */
export type MemberStore = {
  readonly load: (groupId: string, instanceId: string) => Promise<string | undefined>;
  readonly save: (groupId: string, instanceId: string, memberId: string) => Promise<void>;
};

/** The client id holds the instance's name, so these are this process's former lives, or its own joins that were broken off. */
const membersOfThisClient = async (coordinator: ClusterBroker, groupId: string): Promise<readonly string[]> => {
  const { groups } = await coordinator.describeGroups({ groupIds: [groupId] });
  const { clientId } = coordinator.connectionPool;
  return groups.flatMap(({ members }) => members.filter((of) => of.clientId === clientId).map((of) => of.memberId));
};

/**
 * Leaves the group in the name of this instance's former process, and of joins of its own that were broken off. kafkajs has no static membership, and
 * joins as somebody new after every crash: without this, the group waits for the former member until its session times out, or gives it partitions that
 * nobody reads (30 s, measured, when the connection breaks while it joins). It never fails: the worst case is that wait.
 * Two living processes with one instance id expel each other here; the offset rows in the database make that harmless, `open-batch-source` notices it.
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
        logger.info({ groupId, memberId }, 'left the group in the name of the former process');
      } catch (error) {
        // the usual case after a clean stop: the group knows the former member no more
        logger.debug({ groupId, memberId, err: messageOf(error) }, 'the former process is not in the group');
      }
    }
  } catch (error) {
    logger.debug({ groupId, err: messageOf(error) }, 'cannot look for a former process in the group');
  } finally {
    await cluster?.disconnect().catch(() => undefined);
  }
};
