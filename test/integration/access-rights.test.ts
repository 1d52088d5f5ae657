import { DATABASE_ROLES, type DatabaseRole } from '../../services/shared/accounts/database-login';
import type { Database } from '../../services/shared/database/open-database';
import type { BridgeError } from '../../services/shared/errors';
import { loadExchangeNames } from '../../services/shared/exchange/exchange-names';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

/** Columns as PostgreSQL lists them: in the order of the table. */
type Rights = Readonly<Record<string, Readonly<Partial<Record<DatabaseRole, string>>>>>;

const ACCOUNT = 'SELECT(username app_id ext_code role enabled)';
const SETTLE = 'SELECT UPDATE(status reason submitted_at final_at gateway_msg_id gateway_code parts_done)';
const MESSAGE = 'INSERT(message_id ext_code dest_addr content priority need_report context scheduled_at expires_at)';
const LOOK = { sms_application: 'SELECT', sms_customer_service: 'SELECT', sms_administrator: 'SELECT' };
const CLEAR = { sms_administrator: 'DELETE SELECT' };
const MEMBERS = 'INSERT SELECT UPDATE(member_id joined_at)';

/**
 * Who may do what, written down a second time on purpose: a right is given because somebody decided so, twice. A new table must be entered here
 * as well, if only to say that nobody but its owner may touch it.
 */
const EXPECTED: Rights = {
  login_user: {
    sms_producer: 'SELECT(username app_id ext_code role api_key_hash enabled)',
    sms_relay: ACCOUNT,
    sms_collector: ACCOUNT,
    sms_archiver: ACCOUNT,
    sms_administrator: 'DELETE SELECT(username app_id ext_code role enabled created_at key_rotated_at)',
  },
  sm_send_t: {
    sms_producer:
      'INSERT(message_id app_id dest_addr content context status reason expires_at created_at source) SELECT ' +
      'UPDATE(status reason expires_at final_at)',
    sms_relay:
      'INSERT SELECT UPDATE(ext_code dest_addr content status reason expires_at handed_at final_at part_count)',
    sms_collector: SETTLE,
    sms_archiver: 'DELETE SELECT UPDATE(status reason final_at)',
    sms_application: MESSAGE,
    sms_customer_service: MESSAGE,
    ...CLEAR,
  },
  sm_send_t_log: {
    sms_producer: 'SELECT',
    sms_relay: 'SELECT(message_id app_id)',
    sms_collector: SETTLE,
    sms_archiver: 'DELETE INSERT SELECT UPDATE(archived_at)',
    ...CLEAR,
  },
  sm_send_part: {
    sms_collector: 'INSERT SELECT UPDATE(status gateway_code settled_at)',
    sms_archiver: 'DELETE SELECT(message_id)',
    ...CLEAR,
  },
  sm_report_wait: { sms_collector: 'DELETE INSERT SELECT UPDATE(next_try_at)', ...CLEAR },
  sm_receive_t: {
    sms_producer: 'SELECT',
    sms_collector: 'INSERT(received_id src_addr dest_addr ext_code app_id content received_at recorded_at offered_at)',
    sms_archiver: 'DELETE SELECT UPDATE(offered_at processed_at processed_by attempt)',
    ...CLEAR,
  },
  sm_receive_t_log: {
    sms_producer: 'SELECT',
    sms_archiver: 'DELETE INSERT SELECT UPDATE(processed_at processed_by outcome)',
    ...CLEAR,
  },
  sm_receive_ack: { sms_archiver: 'DELETE INSERT SELECT UPDATE(stored_at)', ...CLEAR },
  relay_offset: { sms_relay: 'INSERT SELECT UPDATE(next_offset updated_at)', sms_administrator: 'SELECT' },
  consumer_member: { sms_relay: MEMBERS, sms_archiver: MEMBERS, sms_administrator: 'SELECT' },
  archive_run: { sms_archiver: 'INSERT SELECT UPDATE', ...CLEAR },
  archive_lock: { sms_archiver: 'SELECT UPDATE(only_row)', sms_administrator: 'SELECT' },
  v_send_t_log: LOOK,
  v_receive_t: LOOK,
  client_sms_send: {
    sms_relay:
      'INSERT(msg_id app_id ext_code dest_addr content msg_fmt priority need_report send_time valid_time create_time) SELECT(seq_id create_time)',
    sms_province: 'DELETE SELECT UPDATE(seq_id)',
  },
  client_sms_resp: { sms_collector: 'DELETE SELECT UPDATE(seq_id)', sms_province: 'INSERT' },
  client_sms_report: { sms_collector: 'DELETE SELECT UPDATE(seq_id)', sms_province: 'INSERT' },
  client_sms_recv: { sms_collector: 'DELETE SELECT UPDATE(seq_id)', sms_province: 'INSERT' },
  // knex' own
  knex_migrations: {},
  knex_migrations_lock: {},
};

/** What is granted to anybody but the owner, in the form of EXPECTED. */
const GRANTED = `
WITH one AS (
  SELECT c.relname, a.grantee, a.privilege_type || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS privilege_type, NULL AS columns FROM pg_class c, aclexplode(c.relacl) a
   WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner
  UNION ALL
  SELECT c.relname, a.grantee, a.privilege_type, string_agg(t.attname, ' ' ORDER BY t.attnum)
    FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
   WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner GROUP BY 1, 2, 3)
SELECT c.relname AS relation, coalesce(r.rolname, 'PUBLIC') AS role,
       string_agg(o.privilege_type || coalesce('(' || o.columns || ')', ''), ' ' ORDER BY o.privilege_type) AS rights
  FROM pg_class c LEFT JOIN one o ON o.relname = c.relname LEFT JOIN pg_roles r ON r.oid = o.grantee
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p', 'f', 'S')
   AND (c.relkind <> 'S' OR o.relname IS NOT NULL)
 GROUP BY 1, 2`;

const ACTIONS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] as const;
type Action = (typeof ACTIONS)[number];

/** One statement for an action on one column; it changes nothing, but the right to do it is asked for. */
const statementOf = (action: Action, relation: string, column: string): string =>
  ({
    SELECT: `SELECT ${column} FROM ${relation} WHERE false`,
    INSERT: `INSERT INTO ${relation} (${column}) SELECT NULL WHERE false`,
    UPDATE: `UPDATE ${relation} SET ${column} = DEFAULT WHERE false`,
    DELETE: `DELETE FROM ${relation}`,
    TRUNCATE: `TRUNCATE ${relation}`,
  })[action];

describe('rights in the database', () => {
  let database: TestDatabase;
  let logins: Record<string, Database>;
  let columns: Map<string, string[]>;
  beforeAll(async () => {
    database = await createTestDatabase();
    logins = {};
    for (const role of DATABASE_ROLES) logins[role] = (await database.login(role)).db;
    const { rows } = await database.db.query<{ relation: string; columns: string[] }>(
      `SELECT table_name AS relation, array_agg(column_name::text ORDER BY ordinal_position) AS columns
         FROM information_schema.columns WHERE table_schema = 'public' AND is_identity = 'NO' GROUP BY 1`,
    );
    columns = new Map(rows.map((row) => [row.relation, row.columns]));
  });
  afterAll(() => database.drop());

  it('are those that were decided on, for every table and every role', async () => {
    const { rows } = await database.db.query<{ relation: string; role: string; rights: string | null }>(GRANTED);
    const granted: Record<string, Record<string, string>> = {};
    for (const { relation, role, rights } of rows) {
      granted[relation] ??= {};
      if (rights !== null) granted[relation][role] = rights;
    }
    expect(granted).toEqual(EXPECTED);
  });

  /** Whether the role may do it to this column, by EXPECTED. */
  const may = (role: DatabaseRole, action: Action, relation: string, column: string): boolean =>
    [...(EXPECTED[relation]?.[role] ?? '').matchAll(/([A-Z]+)(?:\(([^)]*)\))?/g)].some(
      ([, privilege, list]) => privilege === action && (list === undefined || list.split(' ').includes(column)),
    );

  it.each(DATABASE_ROLES)('%s can do with each column what it may, and is refused the rest', async (role) => {
    const wrong: string[] = [];
    const session = await logins[role]!.knex.client.acquireConnection();
    try {
      await session.query('BEGIN');
      for (const relation of Object.keys(EXPECTED)) {
        const names = columns.get(relation)!;
        for (const action of ACTIONS) {
          if (relation.startsWith('v_') && action !== 'SELECT') continue;
          for (const column of action === 'DELETE' || action === 'TRUNCATE' ? names.slice(0, 1) : names) {
            await session.query('SAVEPOINT attempt');
            const outcome: string = await session.query(statementOf(action, relation, column)).then(
              () => 'done',
              (error: { code: string }) => error.code,
            );
            await session.query('ROLLBACK TO attempt');
            const expected = may(role, action, relation, column) ? 'done' : '42501';
            if (outcome !== expected) wrong.push(`${action} ${relation}.${column}: ${outcome}, not ${expected}`);
          }
        }
      }
      await session.query('ROLLBACK');
    } finally {
      await logins[role]!.knex.client.releaseConnection(session);
    }
    expect(wrong).toEqual([]);
  });

  it.each(DATABASE_ROLES)('%s can make nothing, and switch nothing off', async (role) => {
    for (const sql of [
      'CREATE TABLE mine (x int)',
      'CREATE TEMPORARY TABLE mine (x int)',
      'CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
      'CREATE SCHEMA mine',
      'CREATE ROLE mine',
      'ALTER TABLE sm_send_t DISABLE TRIGGER ALL',
      'DROP VIEW v_send_t_log',
      'SET session_replication_role = replica',
      'SELECT sm_send_t_fill_in()',
    ]) {
      const outcome = await logins[role]!.query(sql).then(
        () => 'done',
        (error: BridgeError) => error.code,
      );
      expect([sql, outcome]).toEqual([sql, 'DB_DENIED']);
    }
  });

  it('give nothing of ours to everybody', async () => {
    const { rows } = await database.db.query(
      `SELECT proname FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND has_function_privilege('sms_application', p.oid, 'EXECUTE')`,
    );
    expect(rows).toEqual([]);
  });

  it('go with the configured names of the exchange tables, wherever they are', async () => {
    const names = loadExchangeNames();
    const other = await createTestDatabase({
      ...names,
      tables: { send: 'MT_OUT', resp: 'MT_RESULT', report: 'MT_REPORT', recv: 'MO_IN' },
      columns: { ...names.columns, send: { ...names.columns.send, seqId: 'OUT_NO', createTime: 'PUT_AT' } },
    });
    try {
      const relay = (await other.login('sms_relay')).db;
      await relay.query('SELECT put_at FROM mt_out ORDER BY out_no');
      for (const sql of ['SELECT content FROM mt_out', 'SELECT 1 FROM mt_result', 'DELETE FROM mt_out'])
        await expect(relay.query(sql)).rejects.toMatchObject({ code: 'DB_DENIED' });
      const collector = (await other.login('sms_collector')).db;
      for (const table of ['mt_result', 'mt_report', 'mo_in'])
        await collector.query(`SELECT * FROM ${table} FOR UPDATE SKIP LOCKED`);
    } finally {
      await other.drop();
    }
  });
});
