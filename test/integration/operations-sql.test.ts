import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inTransaction } from '../../services/shared/database/transaction';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

/** Rolls a transaction back. */
class Undo extends Error {}

const text = readFileSync(join(__dirname, '../../docs/operations.md'), 'utf8');
const statements = [...text.matchAll(/^( *)```sql\n([\s\S]*?)^ *```$/gm)]
  .flatMap(([, , block]) => block!.split(/;\s*$/m))
  .map((statement) => statement.trim())
  .filter((statement) => statement !== '');

describe('the SQL of docs/operations.md', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('is found', () => {
    expect(statements.length).toBeGreaterThan(10);
  });

  it.each(statements)('%s runs on the migrated tables', async (statement) => {
    const run = inTransaction(database.db, async ({ query }) => {
      await query(statement);
      throw new Undo();
    });
    await expect(run).rejects.toThrow(Undo);
  });
});
