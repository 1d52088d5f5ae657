import { createMigrationSource } from '../../migrations';
import { loadExchangeNames } from '../../services/shared/exchange/exchange-names';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database';

const OTHER_NAMES = (() => {
  const names = loadExchangeNames();
  return {
    ...names,
    tables: { send: 'MT_OUT', resp: 'MT_RESULT', report: 'MT_REPORT', recv: 'MO_IN' },
    columns: { ...names.columns, send: { ...names.columns.send, msgId: 'OUR_ID', createTime: 'PUT_AT' } },
  };
})();

describe.each([
  ['default names', loadExchangeNames(), 'client_sms_send', 'msg_id'],
  ['other names', OTHER_NAMES, 'mt_out', 'our_id'],
])('migrations with %s', (_title, names, table, column) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createEmptyDatabase();
  });
  afterAll(() => database.drop());

  const tables = async (): Promise<string[]> => {
    const { rows } = await database.db.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name NOT LIKE 'knex%' ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  };

  it('go up from empty, down to empty, and up again', async () => {
    const config = { migrationSource: createMigrationSource('pg', names) };
    const { migrate } = database.db.knex;
    await migrate.latest(config);
    const all = await tables();
    expect(all).toContain(table);
    expect(all).toHaveLength(15);
    await migrate.latest(config);
    await migrate.rollback(config, true);
    expect(await tables()).toEqual([]);
    await migrate.latest(config);
    expect(await tables()).toEqual(all);
  });

  it('make an exchange table with the configured columns, where an id stands once', async () => {
    const insert = `INSERT INTO ${names.tables.send} (${names.columns.send.msgId}, ${names.columns.send.destAddr}, ${names.columns.send.content},
      ${names.columns.send.createTime}) VALUES ('a', '1', 'x', now())`;
    await database.db.query(insert);
    await expect(database.db.query(insert)).rejects.toMatchObject({ code: 'DB_UNIQUE', retryable: false });
    const { rows } = await database.db.query(`SELECT ${column} FROM ${table}`);
    expect(rows).toEqual([{ [column]: 'a' }]);
  });

  it('give each history every column of its day table', async () => {
    const { rows } = await database.db.query(
      `SELECT d.table_name, d.column_name FROM information_schema.columns d
        WHERE d.table_name IN ('sm_send_t', 'sm_receive_t') AND NOT EXISTS (
          SELECT 1 FROM information_schema.columns h
           WHERE h.table_name = d.table_name || '_log' AND h.column_name = d.column_name AND h.data_type = d.data_type
             AND h.character_maximum_length IS NOT DISTINCT FROM d.character_maximum_length)`,
    );
    expect(rows).toEqual([]);
  });
});
