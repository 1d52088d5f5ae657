import type { Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import { messageOf } from '../errors';

/** Remembers, outside the process, under which member id an instance is in a group. */
export type MemberStore = {
  readonly load: (groupId: string, instanceId: string) => Promise<string | undefined>;
  readonly save: (groupId: string, instanceId: string, memberId: string) => Promise<void>;
};

type Cluster = {
  readonly connect: () => Promise<void>;
  readonly disconnect: () => Promise<void>;
  readonly findGroupCoordinator: (group: { groupId: string }) => Promise<{
    readonly leaveGroup: (member: { groupId: string; memberId: string }) => Promise<unknown>;
  }>;
};

/** kafkajs has no public call to leave a group in another member's name; its cluster object has. */
const createCluster = (kafka: Kafka): Cluster => {
  const symbol = Object.getOwnPropertySymbols(kafka).find(({ description }) => description?.includes('createCluster'));
  if (symbol === undefined) throw new Error('this kafkajs has no cluster factory');
  return (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol]!({
    allowAutoTopicCreation: false,
    metadataMaxAge: 300_000,
  });
};

/**
 * Leaves the group in the name of this instance's former process. kafkajs has no static membership: without this, a process killed by SIGKILL and
 * started again waits until its former self's session times out, with the partitions idle. It never fails: the worst case is that wait.
 * Two living processes with one instance id expel each other here; the offset rows in the database make that harmless, `open-batch-source` notices it.
 */
export const leaveFormerSelf = async (
  kafka: Kafka,
  options: {
    readonly groupId: string;
    readonly instanceId: string;
    readonly members: MemberStore;
    readonly logger: Logger;
  },
): Promise<void> => {
  const { groupId, instanceId, members, logger } = options;
  let cluster: Cluster | undefined;
  try {
    const memberId = await members.load(groupId, instanceId);
    if (memberId === undefined) return;
    cluster = createCluster(kafka);
    await cluster.connect();
    const coordinator = await cluster.findGroupCoordinator({ groupId });
    await coordinator.leaveGroup({ groupId, memberId });
    logger.info({ groupId, memberId }, 'left the group in the name of the former process');
  } catch (error) {
    // the usual case after a clean stop: the group knows the former member no more
    logger.debug({ groupId, err: messageOf(error) }, 'no former process in the group');
  } finally {
    await cluster?.disconnect().catch(() => undefined);
  }
};
