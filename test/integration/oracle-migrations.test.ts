import type oracledb from 'oracledb';
import { listStatements, prepareMigrations } from '../../migrations';
import {
  accountStatements,
  type DbaOptions,
  dbaStatements,
  uninstallStatements,
} from '../../migrations/oracle/oracle-dba';
import { BOOKKEEPING } from '../../migrations/oracle/oracle-steps';
import { TABLESPACES } from '../../migrations/oracle/oracle-tablespaces';
import { createStatementCheck } from '../../oracle-stand-in/grammar/check-statement';
import { openTestOracle, type TestOracle } from '../../oracle-stand-in/test-oracle';
import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { createTestDatabase } from '../support/test-database';

// the grammar takes seconds for a new statement; its results stay in node_modules/.cache
jest.setTimeout(400_000);

const mapping = loadExchangeMapping();
const OPTIONS: DbaOptions = { owner: 'YJSMS', tablespaces: true, size: '100M', defaultTablespace: 'USERS' };
const ACCOUNTS = [
  { account: 'BILLING', role: 'SMS_APPLICATION' },
  { account: 'HELPDESK', role: 'SMS_CUSTOMER_SERVICE' },
  { account: 'CHIEF', role: 'SMS_ADMINISTRATOR' },
  { account: 'STRANGER', role: 'SMS_APPLICATION' },
  { account: 'RELAY', role: 'SMS_RELAY' },
];
const withPasswords = (text: string): string => text.replace(/&&\w+_password/g, 'secret');

/** Returns every statement of the migrations for Oracle, in each variant. */
const everyStatement = (): readonly string[] => [
  ...new Set([
    ...BOOKKEEPING,
    ...[true, false].flatMap((tablespaces) => [
      ...[true, false].flatMap((logPartitions) =>
        listStatements('oracledb', mapping, { tablespaces, logPartitions }).flatMap(({ up, down }) => [...up, ...down]),
      ),
      ...[undefined, '/u02/oradata', '+DATA'].flatMap((datafiles) =>
        dbaStatements({ ...OPTIONS, tablespaces, ...(datafiles === undefined ? {} : { datafiles }) }),
      ),
    ]),
    ...ACCOUNTS.flatMap((account) => accountStatements(account, OPTIONS, mapping)),
    ...uninstallStatements(OPTIONS, ACCOUNTS, mapping),
  ]),
];

it('every statement of the migrations passes the grammar gate', async () => {
  const check = createStatementCheck();
  const wrong: unknown[] = [];
  for (const sql of everyStatement()) {
    const problem = await check(sql);
    if (problem !== undefined) wrong.push({ sql: sql.slice(0, 80), problem: problem.message.slice(0, 300) });
  }
  expect(wrong).toEqual([]);
});

describe('migrations on the Oracle stand-in', () => {
  let oracle: TestOracle;
  let dba: oracledb.Connection;
  let db: Database;

  const open = (account: string): Database =>
    openDatabase({
      url: `oracle://${account}:secret@${oracle.connectString}`,
      applicationName: 'sms-test',
      poolMax: 3,
      statementTimeoutMs: 60_000,
    });
  const as = async <T>(account: string, work: (db: Database) => Promise<T>): Promise<T> => {
    const own = open(account);
    try {
      return await work(own);
    } finally {
      await own.close();
    }
  };
  const objects = async () => {
    const { rows } = await db.oracle.execute<{ object_type: string; n: string }>(
      `SELECT OBJECT_TYPE, COUNT(*) AS N FROM USER_OBJECTS WHERE OBJECT_NAME NOT LIKE 'knex%' GROUP BY OBJECT_TYPE ORDER BY OBJECT_TYPE`,
    );
    return Object.fromEntries(rows.map(({ object_type, n }) => [object_type, Number(n)]));
  };
  const dbaRuns = async (statements: readonly string[]): Promise<void> => {
    for (const text of statements) await dba.execute(withPasswords(text));
  };

  beforeAll(async () => {
    oracle = await openTestOracle({
      users: { DBADMIN: { password: 'secret', privileges: ['DBA'] } },
    });
    dba = await oracle.connect('DBADMIN');
    // the owner of the stand-in's tests exists already; the bridge's own script creates this one
    await dba.execute('DROP USER YJSMS CASCADE');
    await dbaRuns(dbaStatements(OPTIONS));
    db = open('YJSMS');
    await db.knex.migrate.latest(await prepareMigrations(db, mapping));
    await dbaRuns(ACCOUNTS.flatMap((account) => accountStatements(account, OPTIONS, mapping)));
    await db.oracle.executeMany(
      'INSERT INTO LOGIN_USER (USERNAME, APP_ID, ROLE) VALUES (:1, :2, :3)',
      [
        ['BILLING', 'billing', 'application'],
        ['HELPDESK', 'help', 'customer-service'],
        ['CHIEF', null, 'administrator'],
      ],
      [
        { type: 'text', maxBytes: 64 },
        { type: 'text', maxBytes: 32 },
        { type: 'text', maxBytes: 20 },
      ],
    );
  });
  afterAll(async () => {
    await db.close();
    await oracle.drop();
  });

  it('create the tables of PostgreSQL, column by column, except that a received text may be NULL, because Oracle stores an empty one so', async () => {
    const { rows: ours } = await db.oracle.execute<{ t: string; c: string; nullable: string }>(
      `SELECT TABLE_NAME AS T, COLUMN_NAME AS C, NULLABLE FROM USER_TAB_COLUMNS WHERE TABLE_NAME NOT LIKE 'knex%' AND TABLE_NAME NOT LIKE 'V%'`,
    );
    const postgres = await createTestDatabase(mapping);
    const { rows: theirs } = await postgres.db.query<{ t: string; c: string; nullable: string }>(
      `SELECT upper(table_name) AS t, upper(column_name) AS c, CASE is_nullable WHEN 'NO' THEN 'N' ELSE 'Y' END AS nullable
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'knex%' AND table_name NOT LIKE 'v\\_%'`,
    );
    await postgres.drop();
    const sorted = (rows: readonly { t: string; c: string; nullable: string }[]) =>
      rows.map(({ t, c, nullable }) => `${t}.${c} ${nullable}`).sort();
    const mayBeEmpty = /^SM_RECEIVE_T(_LOG)?\.CONTENT N$/;
    expect(sorted(ours)).toEqual(
      sorted(theirs).map((line) => (mayBeEmpty.test(line) ? line.replace(/N$/, 'Y') : line)),
    );
  });

  it('put every table and index into one of the nine tablespaces, and use all nine', async () => {
    const { rows } = await db.oracle.execute<{ space: string }>(
      `SELECT TABLESPACE_NAME AS SPACE FROM USER_TABLES WHERE TABLE_NAME NOT LIKE 'knex%'
       UNION SELECT TABLESPACE_NAME FROM USER_INDEXES WHERE INDEX_NAME NOT LIKE 'knex%' AND INDEX_NAME NOT LIKE '%/_PK' ESCAPE '/' AND INDEX_NAME NOT LIKE '%/_UK' ESCAPE '/'`,
    );
    expect(rows.map(({ space }) => space).sort()).toEqual(
      Object.values(TABLESPACES)
        .filter((name) => name !== TABLESPACES.exchangeIndex)
        .sort(),
    );
    // the exchange tables have keys only, and the stand-in does not show the tablespace of a key's
    // index
    const texts = listStatements('oracledb', mapping).flatMap(({ up }) => up);
    expect(
      texts.filter((text) => text.includes(`USING INDEX INITRANS 16 TABLESPACE ${TABLESPACES.exchangeIndex}`)),
    ).toHaveLength(4);
  });

  it('complete the rows of a business account, many in one statement', async () => {
    await as('BILLING', async (billing) => {
      await billing.oracle.execute(
        `INSERT INTO SM_SEND_T (DEST_ADDR, CONTENT) SELECT '1380013800' || TO_CHAR(LEVEL), 'hello' FROM DUAL CONNECT BY LEVEL <= 5`,
      );
      const { rows } = await billing.oracle.execute(
        'SELECT MESSAGE_ID, APP_ID, STATUS, SOURCE, CREATED_AT FROM V_SEND_T_LOG',
      );
      expect(rows).toHaveLength(5);
      for (const row of rows) {
        expect(row).toMatchObject({ app_id: 'billing', status: 'NEW', source: 'table' });
        expect(row.message_id).toMatch(/^[0-9a-f-]{36}$/);
        expect(Math.abs((row.created_at as Date).getTime() - Date.now())).toBeLessThan(60_000);
      }
    });
  });

  it.each([
    ['STRANGER', '(DEST_ADDR, CONTENT) VALUES (:1, :2)', /"STRANGER" is not registered.*ORA-20001/],
    ['BILLING', `(MESSAGE_ID, DEST_ADDR, CONTENT) VALUES ('a b', :1, :2)`, /MESSAGE_ID must be.*ORA-20004/],
    ['BILLING', `(APP_ID, DEST_ADDR, CONTENT) VALUES ('other', :1, :2)`, /ORA-01031/],
    ['BILLING', `(SOURCE, DEST_ADDR, CONTENT) VALUES ('table', :1, :2)`, /ORA-01031/],
  ])('refuse %s: INSERT INTO SM_SEND_T %s', async (account, rest, message) => {
    await as(account, async (own) => {
      const work = own.oracle.execute(`INSERT INTO SM_SEND_T ${rest}`, ['13800138000', 'hello']);
      await expect(work).rejects.toThrow(message);
    });
  });

  it('show each account its own rows, and hide the tables and the key hashes', async () => {
    const count = (own: Database, from: string) =>
      own.oracle.execute<{ n: string }>(`SELECT COUNT(*) AS N FROM ${from}`);
    await as('HELPDESK', async (helpdesk) => {
      await helpdesk.oracle.execute(`INSERT INTO SM_SEND_T (DEST_ADDR, CONTENT) VALUES ('13800138001', 'hi')`);
      expect((await count(helpdesk, 'V_SEND_T_LOG')).rows[0]?.n).toBe('6');
    });
    await as('BILLING', async (billing) => {
      expect((await count(billing, 'V_SEND_T_LOG')).rows[0]?.n).toBe('5');
      await expect(count(billing, 'YJSMS.SM_SEND_T')).rejects.toMatchObject({ code: 'DB_DENIED' });
      await expect(count(billing, 'YJSMS.LOGIN_USER')).rejects.toMatchObject({ code: 'DB_SCHEMA' });
    });
    await as('CHIEF', async (chief) => {
      expect((await count(chief, 'SM_SEND_T')).rows[0]?.n).toBe('6');
      expect((await count(chief, 'V_LOGIN_USER')).rows[0]?.n).toBe('3');
      await expect(count(chief, 'YJSMS.LOGIN_USER')).rejects.toMatchObject({ code: 'DB_SCHEMA' });
      expect((await chief.oracle.execute(`DELETE FROM SM_SEND_T WHERE APP_ID = 'help'`)).rowCount).toBe(1);
    });
  });

  it('leave rows of the bridge unchanged', async () => {
    await as('RELAY', async (relay) => {
      await relay.oracle.execute(
        `INSERT INTO SM_SEND_T (MESSAGE_ID, APP_ID, DEST_ADDR, CONTENT, STATUS, CREATED_AT, SOURCE) VALUES ('m1', 'x', '13800138000', 'c', 'HANDED', :at, 'kafka')`,
        { at: new Date(0) },
      );
    });
    const { rows } = await db.oracle.execute(
      `SELECT APP_ID, STATUS, CREATED_AT FROM SM_SEND_T WHERE MESSAGE_ID = 'm1'`,
    );
    expect(rows).toEqual([{ app_id: 'x', status: 'HANDED', created_at: new Date(0) }]);
  });

  it('continue after an interruption, go down completely, and up without tablespaces, with partitioned histories', async () => {
    const all = await objects();
    expect(all).toMatchObject({ TABLE: 17, VIEW: 4, TRIGGER: 1 });
    const without = { tablespaces: false, logPartitions: true };
    await db.oracle.execute('DELETE FROM SM_SEND_T');
    // an interrupted migration: its steps are done, its name is not recorded
    await db.oracle.execute('DELETE FROM "knex_migrations"');
    await db.oracle.execute('DROP INDEX SM_SEND_T_CANCELLED');
    await db.knex.migrate.latest(await prepareMigrations(db, mapping));
    expect(await objects()).toEqual(all);
    await db.knex.migrate.rollback(await prepareMigrations(db, mapping), true);
    expect(await objects()).toEqual({});
    await db.knex.migrate.latest(await prepareMigrations(db, mapping, without));
    expect(await objects()).toEqual(all);
    const { rows } = await db.oracle.execute(
      `SELECT TABLE_NAME FROM USER_TABLES WHERE TABLESPACE_NAME LIKE 'SMS/_%' ESCAPE '/'`,
    );
    expect(rows).toEqual([]);
  });

  it('are removed completely', async () => {
    await db.close();
    await dbaRuns(uninstallStatements(OPTIONS, ACCOUNTS, mapping));
    const { rows } = await dba.execute(
      `SELECT TABLESPACE_NAME FROM DBA_TABLESPACES WHERE TABLESPACE_NAME LIKE 'SMS/_%' ESCAPE '/'
       UNION ALL SELECT USERNAME FROM DBA_USERS WHERE USERNAME <> 'DBADMIN' UNION ALL SELECT ROLE FROM DBA_ROLES`,
    );
    expect(rows).toEqual([]);
  });
});
