import { listStatements, prepareMigrations } from '../../migrations';
import { takeSteps } from '../../migrations/oracle/oracle-steps';
import { OWNER_PRIVILEGES } from '../../oracle-stand-in/backend/accounts';
import { openTestOracle, type TestOracle } from '../../oracle-stand-in/test-oracle';
import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';

// the grammar takes seconds for a new statement
jest.setTimeout(600_000);

const MAPPING = loadExchangeMapping();
const OPTIONS = { tablespaces: false };
const NAME = '0011-identity';

/** The objects of the schema, and the rows. */
const STATE = [
  'SELECT TABLE_NAME, COLUMN_NAME, NULLABLE, DATA_TYPE, CHAR_LENGTH FROM USER_TAB_COLUMNS ORDER BY TABLE_NAME, COLUMN_NAME',
  'SELECT GRANTEE, TABLE_NAME, PRIVILEGE FROM USER_TAB_PRIVS ORDER BY GRANTEE, TABLE_NAME, PRIVILEGE',
  'SELECT GRANTEE, TABLE_NAME, COLUMN_NAME, PRIVILEGE FROM USER_COL_PRIVS ORDER BY GRANTEE, TABLE_NAME, COLUMN_NAME, PRIVILEGE',
  'SELECT MESSAGE_ID, APP_ID, MSG_ID, STATUS FROM SM_SEND_T ORDER BY MESSAGE_ID',
  'SELECT MESSAGE_ID, APP_ID, MSG_ID, STATUS FROM SM_SEND_T_LOG ORDER BY MESSAGE_ID',
  'SELECT MSG_ID, GATEWAY_KEY FROM SM_SEND_PART ORDER BY MSG_ID',
];

const KEYS = `SELECT indexname, replace(indexdef, 'UNIQUE ', '') AS of, indexdef LIKE '%UNIQUE%' AS is_unique,
  EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname AND contype = 'p') AS is_key FROM pg_indexes WHERE schemaname NOT IN ('pg_catalog', 'ora') ORDER BY indexname`;

/**
 * DDL commits implicitly: a process killed between two statements leaves the effects of the first.
 */
describe('the interrupted migration of the message ids', () => {
  let oracle: TestOracle;
  let db: Database;
  let whole: unknown;
  const steps = listStatements('oracledb', MAPPING, OPTIONS).find(({ name }) => name === NAME)!;
  beforeAll(async () => {
    oracle = await openTestOracle({
      users: { YJSMS: { password: 'secret', privileges: [...OWNER_PRIVILEGES, 'CREATE ROLE'] } },
    });
    db = openDatabase({
      url: `oracle://YJSMS:secret@127.0.0.1:${oracle.port}/STANDIN`,
      applicationName: 'test',
      poolMax: 6,
      statementTimeoutMs: 60_000,
    });
    await db.knex.migrate.latest(await prepareMigrations(db, MAPPING, OPTIONS));
    for (const table of ['SM_SEND_T', 'SM_SEND_T_LOG']) {
      const more = table === 'SM_SEND_T' ? ['', ''] : [', ARCHIVED_AT', ', SYSTIMESTAMP'];
      for (const id of ['a', 'b'])
        await db.oracle.execute(
          `INSERT INTO ${table} (MESSAGE_ID, APP_ID, MSG_ID, DEST_ADDR, CONTENT, STATUS, CREATED_AT, HANDED_AT, SOURCE${more[0]})
VALUES (:id, 'billing', :id2, '8613800138000', 'x', 'HANDED', SYSTIMESTAMP, SYSTIMESTAMP, 'kafka'${more[1]})`,
          { id: `${table}-${id}`, id2: `${table}-${id}` },
        );
    }
    await db.oracle.execute(
      `INSERT INTO SM_SEND_PART (MSG_ID, GATEWAY_KEY, GATEWAY_MSG_ID, PART_NO, STATUS, CREATED_AT) VALUES ('SM_SEND_T-a', 'G1', 'g1', 1, 'SUBMITTED', SYSTIMESTAMP)`,
    );
    whole = await state();
  });
  afterAll(async () => {
    await db.close();
    await oracle.drop();
  });

  /** Returns keys and indexes from the stand-in's PostgreSQL, with their columns. */
  const state = async (): Promise<unknown> => {
    const found: unknown[] = [(await oracle.database.db.query(KEYS)).rows];
    for (const sql of STATE) found.push((await db.oracle.execute(sql)).rows);
    return found;
  };
  const migrate = async (way: 'up' | 'down') =>
    db.knex.migrate[way]({ ...(await prepareMigrations(db, MAPPING, OPTIONS)), name: NAME } as never);
  const takeFirst = (texts: readonly string[], count: number) =>
    takeSteps(texts.slice(0, count), (text) => db.knex.raw(text));

  it.each(steps.up.map((text, at) => [at + 1, text.split('\n', 1)[0]?.slice(0, 70)] as const))(
    'continues after step %s on the way up: %s',
    async (count) => {
      await migrate('down');
      await takeFirst(steps.up, count);
      await migrate('up');
      expect(await state()).toEqual(whole);
    },
  );

  it.each(steps.down.map((text, at) => [at + 1, text.split('\n', 1)[0]?.slice(0, 70)] as const))(
    'continues after step %s on the way down: %s',
    async (count) => {
      await takeFirst(steps.down, count);
      await migrate('down');
      await migrate('up');
      expect(await state()).toEqual(whole);
    },
  );
});
