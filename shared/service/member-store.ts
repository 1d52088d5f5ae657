import { type Database, forEngine, type PerEngine } from '../database/database';
import { textColumn } from '../database/oracle/oracle-columns';
import type { MemberStore } from '../kafka/kafkajs/stale-members';

type Statements = Pick<Database, 'engine' | 'query' | 'oracle'>;

const onPostgres = ({ query }: Statements): MemberStore => ({
  load: async (groupId, instanceId) => {
    const { rows } = await query<{ member_id: string }>(
      'SELECT member_id FROM consumer_member WHERE group_id = $1 AND instance_id = $2',
      [groupId, instanceId],
    );
    return rows[0]?.member_id;
  },
  save: async (groupId, instanceId, memberId) => {
    await query(
      `INSERT INTO consumer_member (group_id, instance_id, member_id, joined_at) VALUES ($1, $2, $3, now())
       ON CONFLICT (group_id, instance_id) DO UPDATE SET member_id = excluded.member_id, joined_at = excluded.joined_at`,
      [groupId, instanceId, memberId],
    );
  },
});

const SAVE = `MERGE INTO CONSUMER_MEMBER T
USING (SELECT :1 AS GROUP_ID, :2 AS INSTANCE_ID, :3 AS MEMBER_ID FROM DUAL) M
ON (T.GROUP_ID = M.GROUP_ID AND T.INSTANCE_ID = M.INSTANCE_ID)
WHEN MATCHED THEN UPDATE SET T.MEMBER_ID = M.MEMBER_ID, T.JOINED_AT = SYS_EXTRACT_UTC(SYSTIMESTAMP)
WHEN NOT MATCHED THEN INSERT (GROUP_ID, INSTANCE_ID, MEMBER_ID, JOINED_AT)
  VALUES (M.GROUP_ID, M.INSTANCE_ID, M.MEMBER_ID, SYS_EXTRACT_UTC(SYSTIMESTAMP))`;

const COLUMNS = [textColumn(128), textColumn(128), textColumn(300)];

const onOracle = ({ oracle }: Statements): MemberStore => ({
  load: async (groupId, instanceId) => {
    const { rows } = await oracle.execute<{ member_id: string }>(
      'SELECT MEMBER_ID FROM CONSUMER_MEMBER WHERE GROUP_ID = :1 AND INSTANCE_ID = :2',
      [groupId, instanceId],
    );
    return rows[0]?.member_id;
  },
  save: async (groupId, instanceId, memberId) => {
    const row = [groupId, instanceId, memberId];
    const rowErrors = await oracle.executeEach(SAVE, [row], COLUMNS);
    // Two processes with one name: the row that MERGE did not see exists now, and the second MERGE
    // updates it.
    if (rowErrors.length > 0) await oracle.executeMany(SAVE, [row], COLUMNS);
  },
});

const MEMBER_STORE: PerEngine<(db: Statements) => MemberStore> = { pg: onPostgres, oracledb: onOracle };

/** Creates the store of member ids in CONSUMER_MEMBER. */
export const createMemberStore = (db: Statements): MemberStore => forEngine(db.engine, MEMBER_STORE)(db);
