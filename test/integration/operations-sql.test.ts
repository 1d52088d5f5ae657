import { forEngine, type PerEngine, type Tx } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import { operatorsPages } from '../support/documents';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';

/** Rolls a transaction back. */
class Undo extends Error {}

const statements = [...operatorsPages().matchAll(/^( *)```sql\n([\s\S]*?)^ *```$/gm)]
  .flatMap(([, , block]) => block!.split(/;\s*$/m))
  .map((statement) => statement.trim())
  .filter((statement) => statement !== '');

/**
 * The changes for Oracle of docs/runbooks/README.md, where a script of its own creates accounts.
 */
const toOracle = (statement: string): string =>
  statement
    .replaceAll('now()', 'SYS_EXTRACT_UTC(SYSTIMESTAMP)')
    .replace(/\binterval '(\d+) (hour|day)s?'/g, (_, count, unit) => `INTERVAL '${count}' ${unit.toUpperCase()}`)
    .replace(/\btimestamptz '2026-03-01 10:42\+08'/g, `TIMESTAMP '2026-03-01 02:42:00'`);

/** Roles and rights that PostgreSQL alone has, or that a script of its own makes on Oracle. */
const ON_POSTGRES_ONLY = /^CREATE ROLE|\bpg_use_reserved|\blo_create\b/;

const STATEMENTS: PerEngine<readonly string[]> = {
  pg: statements,
  oracledb: statements.filter((statement) => !ON_POSTGRES_ONLY.test(statement)).map(toOracle),
};

const EXECUTE: PerEngine<(tx: Tx, statement: string) => Promise<unknown>> = {
  pg: ({ query }, statement) => query(statement),
  oracledb: ({ oracle }, statement) => oracle.execute(statement),
};

onEachEngine('the SQL of docs/operate and docs/runbooks', (engine) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
  });
  afterAll(() => database.drop());

  it('is found', () => {
    expect(forEngine(engine, STATEMENTS).length).toBeGreaterThan(engine === 'pg' ? 10 : 6);
  });

  it.each(forEngine(engine, STATEMENTS))('%s runs on the migrated tables', async (statement) => {
    const run = inTransaction(database.db, async (tx) => {
      await forEngine(engine, EXECUTE)(tx, statement);
      throw new Undo();
    });
    await expect(run).rejects.toThrow(Undo);
  });
});
