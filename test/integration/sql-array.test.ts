import fc from 'fast-check';
import { toPlainArray, toTextArray } from '../../shared/database/postgres/sql-array';
import { createEmptyDatabase } from '../support/empty-database';
import type { TestDatabase } from '../support/test-database';

/** PostgreSQL only: Oracle gets lists. */
describe('array literals', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createEmptyDatabase();
  });
  afterAll(() => database.drop());

  it('return any texts from PostgreSQL unchanged', async () => {
    const text = fc.oneof(
      fc.constant(null),
      fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\u0000', '')),
      fc.string({ unit: fc.constantFrom(...'{}",\\ \n\'NUL') }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text), async (values) => {
        const { rows } = await database.db.query<{ back: (string | null)[] }>('SELECT $1::text[] AS back', [
          toTextArray(values),
        ]);
        expect(rows[0]?.back).toEqual(values);
      }),
    );
  });

  it('hold numbers and booleans', async () => {
    const { rows } = await database.db.query('SELECT $1::float8[] AS numbers, $2::boolean[] AS flags', [
      toPlainArray([1, -2.5, 1795526964764, null]),
      toPlainArray([true, false, null]),
    ]);
    expect(rows).toEqual([{ numbers: [1, -2.5, 1795526964764, null], flags: [true, false, null] }]);
  });
});
