import type { Database } from '../database/open-database';
import type { MemberStore } from './former-self';

/** The member ids in CONSUMER_MEMBER. */
export const createMemberStore = (db: Pick<Database, 'query'>): MemberStore => ({
  load: async (groupId, instanceId) => {
    const { rows } = await db.query<{ member_id: string }>(
      'SELECT member_id FROM consumer_member WHERE group_id = $1 AND instance_id = $2',
      [groupId, instanceId],
    );
    return rows[0]?.member_id;
  },
  save: async (groupId, instanceId, memberId) => {
    await db.query(
      `INSERT INTO consumer_member (group_id, instance_id, member_id, joined_at) VALUES ($1, $2, $3, now())
       ON CONFLICT (group_id, instance_id) DO UPDATE SET member_id = excluded.member_id, joined_at = excluded.joined_at`,
      [groupId, instanceId, memberId],
    );
  },
});
