import { createObjectsOnOracle } from '../../migrations/0002-access/objects-oracle';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { createEmptyOracleDatabase } from '../support/oracle-database';
import type { TestDatabase } from '../support/test-database';
import { onOracle } from '../support/test-engines';

onOracle('a trigger that does not compile', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createEmptyOracleDatabase(loadExchangeMapping());
  });
  afterAll(() => database.drop());

  it("is removed, and stops the migration with the compiler's errors", async () => {
    const { knex, oracle } = database.db;
    const [text, look] = createObjectsOnOracle as [string, string];
    await knex.raw('CREATE TABLE SM_SEND_T (MESSAGE_ID VARCHAR2(64 CHAR), SOURCE VARCHAR2(8 CHAR))');
    await knex.raw('CREATE TABLE LOGIN_USER (USERNAME VARCHAR2(128 CHAR), ENABLED NUMBER(1))');
    // knex ignores the driver's warning
    await knex.raw(text);
    const invalid = await oracle.execute(`SELECT OBJECT_NAME FROM USER_OBJECTS WHERE STATUS = 'INVALID'`);
    expect(invalid.rows).toEqual([{ object_name: 'SM_SEND_T_FILL_IN' }]);
    await expect(knex.raw(look)).rejects.toThrow(
      /SM_SEND_T_FILL_IN does not compile.*line 14: PL\/SQL: ORA-00904: "APP_ID": invalid identifier/,
    );
    expect((await oracle.execute('SELECT TRIGGER_NAME FROM USER_TRIGGERS')).rows).toEqual([]);
  });
});
