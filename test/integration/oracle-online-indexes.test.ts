import type oracledb from 'oracledb';
import { takeSteps } from '../../migrations/oracle/oracle-steps';
import { openTestOracle, type TestOracle } from '../../oracle-stand-in/test-oracle';
import type { Database } from '../../shared/database/database';
import { toDatabaseError } from '../../shared/database/database-errors';
import { openDatabase } from '../../shared/database/open-database';
import { waitUntil } from '../support/wait-until';

jest.setTimeout(120_000);

const INDEX = 'CREATE INDEX T_NAME ON T (NAME) INITRANS 16';

describe.each(['EE', 'SE2'] as const)('an index on a table that services write to (%s)', (edition) => {
  let oracle: TestOracle;
  let writer: oracledb.Connection;
  let db: Database;
  beforeAll(async () => {
    oracle = await openTestOracle({ edition });
    writer = await oracle.connect();
    await writer.execute('CREATE TABLE T (ID NUMBER(9) NOT NULL, NAME VARCHAR2(9 CHAR))');
    db = openDatabase({
      url: `oracle://YJSMS:secret@127.0.0.1:${oracle.port}/STANDIN`,
      applicationName: 'test',
      poolMax: 2,
      statementTimeoutMs: 60_000,
    });
  });
  afterEach(async () => {
    oracle.clearFaults();
    await writer.rollback();
    await writer.execute('DROP INDEX T_NAME').catch(() => undefined);
  });
  afterAll(async () => {
    await db.close();
    await oracle.drop();
  });

  const make = (texts: readonly string[] = [INDEX]): Promise<void> => takeSteps(texts, (text) => db.knex.raw(text));
  /** Returns the definition from the stand-in's PostgreSQL. */
  const madeOf = async (): Promise<readonly (string | undefined)[]> => {
    const { rows } = await oracle.database.db.query<{ indexdef: string }>(
      `SELECT indexdef FROM pg_indexes WHERE upper(indexname) = 'T_NAME'`,
    );
    return rows.map(({ indexdef }) => /\((.*)\)/.exec(indexdef)?.[1]?.toUpperCase());
  };

  it('waits for a transaction that wrote, and is created', async () => {
    await writer.execute(`INSERT INTO T (ID, NAME) VALUES (1, 'a')`);
    const startedAt = Date.now();
    const making = make();
    // DDL without DDL_LOCK_TIMEOUT gives up at once (ORA-00054); here after two seconds
    await waitUntil('longer than DDL waits without help', () => Date.now() - startedAt > 3_000);
    expect(await madeOf()).toEqual([]);
    await writer.commit();
    await making;
    expect(await madeOf()).toEqual(['NAME']);
  });

  it('is created ONLINE where the edition supports it', async () => {
    oracle.clearLog();
    await make();
    const made = oracle.statements().filter(({ sql }) => sql.startsWith('CREATE INDEX'));
    expect(made.map(({ sql }) => sql)).toEqual(edition === 'EE' ? [`${INDEX} ONLINE`] : [`${INDEX} ONLINE`, INDEX]);
  });

  it('is not created ONLINE on a table of the same migration, and counts as done when it exists', async () => {
    await make();
    oracle.clearLog();
    await make(['CREATE TABLE T (ID NUMBER(9))', INDEX]);
    expect(oracle.statements().map(({ sql }) => sql)).toEqual(['CREATE TABLE T (ID NUMBER(9))', INDEX]);
  });

  if (edition === 'SE2') return;

  it('is created again when its name exists, because an interrupted build leaves such an index', async () => {
    await writer.execute('CREATE INDEX T_NAME ON T (ID, NAME)');
    await make();
    expect(await madeOf()).toEqual(['NAME']);
  });

  it('names the remedy while the server has not cleaned up an interrupted build', async () => {
    await make();
    oracle.inject({ kind: 'fail', number: 8104, matching: 'DROP INDEX' });
    const error = await make().catch(toDatabaseError);
    expect(error).toMatchObject({ code: 'DB_SCHEMA', retryable: true });
    expect((error as Error).message).toMatch(/ORA-08104.*SMON.*ONLINE_INDEX_CLEAN.*run it again/);
  });
});
