import { DATABASE_ROLES, type DatabaseRole } from '../../cli/accounts/login';
import { forEngine, type PerEngine } from '../../shared/database/database';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { createTestDatabase, type TestDatabase, type TestLogin } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';
import { EXPECTED, toPrivileges } from './expected-rights';
import { type Action, ATTEMPT, FORBIDDEN, SCHEMA, STATEMENTS } from './rights-attempts';

/** Lists tables and views with their columns, without identities, which PostgreSQL sets itself. */
const COLUMNS: PerEngine<string> = {
  pg: `SELECT table_name AS relation, column_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND is_identity = 'NO'`,
  oracledb: 'SELECT TABLE_NAME AS RELATION, COLUMN_NAME AS NAME FROM USER_TAB_COLUMNS',
};

type Grant = {
  readonly relation: string;
  readonly grantee: string;
  readonly privilege: string;
  readonly name: string | null;
};

/** Lists the rights of all roles but the owner. */
const GRANTED: PerEngine<string> = {
  pg: `
WITH granted AS (
  SELECT c.oid, a.*, NULL AS name FROM pg_class c, aclexplode(c.relacl) a
  UNION ALL SELECT c.oid, a.*, t.attname::text FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a)
SELECT c.relname AS relation, coalesce(r.rolname, 'PUBLIC') AS grantee, privilege_type || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS privilege, name
  FROM granted g JOIN pg_class c USING (oid) LEFT JOIN pg_roles r ON r.oid = g.grantee WHERE c.relnamespace = 'public'::regnamespace AND g.grantee <> c.relowner`,
  oracledb: `
SELECT TABLE_NAME AS RELATION, GRANTEE, CASE GRANTABLE WHEN 'YES' THEN PRIVILEGE || ' WITH GRANT OPTION' ELSE PRIVILEGE END AS PRIVILEGE, NULL AS NAME
  FROM USER_TAB_PRIVS WHERE OWNER = SYS_CONTEXT('USERENV', 'SESSION_USER') AND PRIVILEGE <> 'INHERIT PRIVILEGES'
UNION ALL
SELECT TABLE_NAME, GRANTEE, CASE GRANTABLE WHEN 'YES' THEN PRIVILEGE || ' WITH GRANT OPTION' ELSE PRIVILEGE END, COLUMN_NAME
  FROM USER_COL_PRIVS WHERE OWNER = SYS_CONTEXT('USERENV', 'SESSION_USER')`,
};

/**
 * Lists the rights that PUBLIC has on the bridge's objects: on functions, which PostgreSQL gives to
 * PUBLIC until they are revoked; on Oracle on all objects.
 */
const FOR_EVERYBODY: PerEngine<string> = {
  pg: `SELECT proname FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND has_function_privilege('sms_application', p.oid, 'EXECUTE')`,
  oracledb: `SELECT TABLE_NAME FROM USER_TAB_PRIVS WHERE GRANTEE = 'PUBLIC' AND OWNER = SYS_CONTEXT('USERENV', 'SESSION_USER') AND PRIVILEGE <> 'INHERIT PRIVILEGES'`,
};

/** On Oracle the relay may read whole rows of the table that it fills. */
const NOT_THE_RELAYS: PerEngine<readonly string[]> = {
  pg: ['SELECT content FROM mt_out', 'SELECT 1 FROM mt_result', 'DELETE FROM mt_out'],
  oracledb: ['SELECT 1 FROM MT_RESULT', 'DELETE FROM MT_OUT'],
};

onEachEngine('rights in the database', (engine) => {
  const expected = forEngine(engine, EXPECTED);
  let database: TestDatabase;
  const logins: Partial<Record<DatabaseRole, TestLogin>> = {};
  let schema: string;
  /** By lower-case name; the columns as the database writes them. */
  const columns = new Map<string, string[]>();
  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
    schema = forEngine(engine, SCHEMA)(database.url);
    for (const role of DATABASE_ROLES) logins[role] = await database.login(role);
    const rows = await database.run<{ relation: string; name: string }>(forEngine(engine, COLUMNS));
    for (const { relation, name } of rows) columns.set(relation, [...(columns.get(relation) ?? []), name]);
  });
  afterAll(() => database.drop());

  it('are the expected ones, for every table and every role', async () => {
    expect([...columns.keys()].map((relation) => relation.toLowerCase()).sort()).toEqual(Object.keys(expected).sort());
    const granted = new Map<string, string[]>();
    for (const { relation, grantee, privilege, name } of await database.run<Grant>(forEngine(engine, GRANTED))) {
      const right = [
        relation.toLowerCase(),
        grantee.replace(/^SMS_.*/, (role) => role.toLowerCase()),
        privilege,
      ].join();
      granted.set(right, [...(granted.get(right) ?? []), ...(name === null ? [] : [name.toLowerCase()])].sort());
    }
    const decided = Object.entries(expected).flatMap(([relation, roles]) =>
      Object.entries(roles).flatMap(([role, rights]) =>
        toPrivileges(rights).map(({ action, columns: of }) => [[relation, role, action].join(), of] as const),
      ),
    );
    expect(granted).toEqual(new Map(decided));
  });

  const may = (role: DatabaseRole, action: Action, relation: string, column: string): boolean =>
    toPrivileges(expected[relation]?.[role] ?? '').some(
      ({ action: privilege, columns: of }) =>
        privilege.replace('READ', 'SELECT') === action && (of.length === 0 || of.includes(column)),
    );

  it.each(DATABASE_ROLES)('give %s its actions on each column, and refuse all others', async (role) => {
    const attempts: { readonly sql: string; readonly outcome: string }[] = [];
    for (const [relation, names] of columns) {
      const known = relation.toLowerCase();
      for (const [action, toStatement] of Object.entries(forEngine(engine, STATEMENTS)) as [
        Action,
        (typeof STATEMENTS.pg)[Action],
      ][]) {
        // multi-table INSERT is not used, and a view cannot be truncated
        if (/^v_(send|receive)/.test(known) ? action !== 'SELECT' : known.startsWith('v_') && action === 'TRUNCATE')
          continue;
        for (const column of action === 'DELETE' || action === 'TRUNCATE' ? names.slice(0, 1) : names)
          attempts.push({
            sql: toStatement(`"${schema}"."${relation}"`, `"${column}"`),
            outcome: may(role, action, known, column.toLowerCase()) ? 'done' : 'refused',
          });
      }
    }
    const outcomes = await forEngine(engine, ATTEMPT)(
      logins[role]!.db,
      attempts.map(({ sql }) => sql),
    );
    expect(outcomes.map((outcome, at) => ({ sql: attempts[at]!.sql, outcome }))).toEqual(attempts);
  });

  it.each(DATABASE_ROLES)('let %s create nothing and disable nothing', async (role) => {
    for (const sql of forEngine(engine, FORBIDDEN)(schema))
      expect([sql, await forEngine(engine, ATTEMPT)(logins[role]!.db, [sql])]).toEqual([sql, ['refused']]);
  });

  it('give PUBLIC nothing of the bridge', async () => {
    expect(await database.run(forEngine(engine, FOR_EVERYBODY))).toEqual([]);
  });

  it('follow the configured names of the exchange tables into any schema', async () => {
    const mapping = loadExchangeMapping();
    const send = { ...mapping.columns.send, seqId: 'OUT_NO', createTime: 'PUT_AT' };
    const tables = { send: 'MT_OUT', resp: 'MT_RESULT', report: 'MT_REPORT', recv: 'MO_IN' };
    const other = await createTestDatabase({ ...mapping, tables, columns: { ...mapping.columns, send } }, engine);
    try {
      const relay = await other.login('sms_relay');
      await relay.run('SELECT put_at FROM mt_out ORDER BY out_no');
      for (const sql of forEngine(engine, NOT_THE_RELAYS))
        await expect(relay.run(sql)).rejects.toMatchObject({ code: expect.stringMatching(/^DB_(DENIED|SCHEMA)$/) });
      const collector = await other.login('sms_collector');
      for (const table of ['mt_result', 'mt_report', 'mo_in'])
        await collector.run(`SELECT * FROM ${table} FOR UPDATE SKIP LOCKED`);
    } finally {
      await other.drop();
    }
  });
});
