import { createObjectsOnOracle } from '../../migrations/0002-access-objects-oracle';
import { openDatabase } from '../../services/shared/database/open-database';
import { openTestOracle } from '../support/oracle-server/test-oracle';

jest.setTimeout(200_000);

it('a trigger that does not compile goes again, and stops the migration', async () => {
  const sick = await openTestOracle();
  const db = openDatabase({
    url: `oracle://YJSMS:secret@${sick.connectString}`,
    applicationName: 'sms-test',
    poolMax: 2,
    statementTimeoutMs: 60_000,
  });
  try {
    const [text, look] = createObjectsOnOracle as [string, string];
    await db.knex.raw('CREATE TABLE SM_SEND_T (MESSAGE_ID VARCHAR2(64 CHAR), SOURCE VARCHAR2(8 CHAR))');
    await db.knex.raw('CREATE TABLE LOGIN_USER (USERNAME VARCHAR2(128 CHAR), ENABLED NUMBER(1))');
    // as knex runs it: the driver's warning goes unread
    await db.knex.raw(text);
    const invalid = await db.oracle.execute(`SELECT OBJECT_NAME FROM USER_OBJECTS WHERE STATUS = 'INVALID'`);
    expect(invalid.rows).toEqual([{ object_name: 'SM_SEND_T_FILL_IN' }]);
    await expect(db.knex.raw(look)).rejects.toThrow(
      /SM_SEND_T_FILL_IN does not compile.*line 14: PL\/SQL: ORA-00904: "APP_ID": invalid identifier/,
    );
    expect((await db.oracle.execute('SELECT TRIGGER_NAME FROM USER_TRIGGERS')).rows).toEqual([]);
  } finally {
    await db.close();
    await sick.drop();
  }
});
