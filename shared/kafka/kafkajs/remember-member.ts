import type { Logger } from 'pino';
import { messageOf } from '../../errors';
import type { MemberStore } from './stale-members';

/**
 * Saves the member id of each join under the instance's name. When another process has saved its
 * own there, two running processes share an INSTANCE_ID: this one warns and leaves the entry to the
 * other, or they would remove each other from the group at every start.
 */
export const rememberMember = (options: {
  readonly groupId: string;
  readonly instanceId: string;
  readonly members: MemberStore;
  readonly logger: Logger;
}) => {
  const { groupId, instanceId, members, logger } = options;
  let mine: string | undefined;
  let shared = false;
  let work: Promise<void> = Promise.resolve();

  const remember = async (memberId: string): Promise<void> => {
    if (shared || memberId === mine) return;
    if (mine !== undefined && (await members.load(groupId, instanceId)) !== mine) {
      shared = true;
      logger.error(
        { groupId, instanceId },
        'another process runs with this INSTANCE_ID: give each process of a service its own, or a restart of one expels the other from the group',
      );
      return;
    }
    await members.save(groupId, instanceId, memberId);
    mine = memberId;
  };
  return (memberId: string): void => {
    work = work
      .then(() => remember(memberId))
      .catch((error: unknown) => logger.warn({ groupId, err: messageOf(error) }, 'the member id was not stored'));
  };
};
