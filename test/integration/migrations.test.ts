import { createMigrationSource } from '../../migrations';
import { loadExchangeNames } from '../../services/shared/exchange/exchange-names';
import { createEmptyDatabase } from '../support/empty-database';
import type { TestDatabase } from '../support/test-database';

const DEFAULT_NAMES = loadExchangeNames();
const OTHER_NAMES = {
  ...DEFAULT_NAMES,
  tables: { send: 'MT_OUT', resp: 'MT_RESULT', report: 'MT_REPORT', recv: 'MO_IN' },
  columns: {
    ...DEFAULT_NAMES.columns,
    send: { ...DEFAULT_NAMES.columns.send, seqId: 'OUT_NO', msgId: 'OUR_ID', createTime: 'PUT_AT' },
    recv: { ...DEFAULT_NAMES.columns.recv, seqId: 'IN_NO' },
  },
};
const SCHEMA_NAMES = {
  ...OTHER_NAMES,
  tables: { send: 'Province.MT_OUT', resp: 'Province.MT_RESULT', report: 'Province.MT_REPORT', recv: 'Province.MO_IN' },
};
/** Everything a migration can leave behind, one line each: columns, indexes, views, functions, triggers, rights. */
const CATALOG = `
SELECT format('column %s.%s.%s %s %s %s', table_schema, table_name, column_name, data_type, character_maximum_length, is_nullable) AS line
  FROM information_schema.columns WHERE table_schema IN ('public', 'province')
UNION ALL SELECT format('index %s', indexdef) FROM pg_indexes WHERE schemaname IN ('public', 'province')
UNION ALL SELECT format('view %s %s', viewname, definition) FROM pg_views WHERE schemaname = 'public'
UNION ALL SELECT format('trigger %s', pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT format('function %s %s %s', proname, proacl, proconfig) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT format('rights %s %s %s', relname, grantee::regrole, privilege_type)
  FROM pg_class, aclexplode(coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)))
 WHERE relnamespace::regnamespace::text IN ('public', 'province') AND relkind IN ('r', 'v', 'S')
UNION ALL SELECT format('rights %s.%s %s %s', attrelid::regclass, attname, grantee::regrole, privilege_type)
  FROM pg_attribute, aclexplode(attacl)
UNION ALL SELECT format('schema %s %s %s', nspname, grantee::regrole, privilege_type)
  FROM pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) WHERE nspname IN ('public', 'province')
UNION ALL SELECT format('database %s %s', grantee::regrole, privilege_type)
  FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE datname = current_database()
ORDER BY 1`;

describe.each([
  ['default names', DEFAULT_NAMES, 'client_sms_send', 'msg_id'],
  ['other names', OTHER_NAMES, 'mt_out', 'our_id'],
  ['names in another schema', SCHEMA_NAMES, 'mt_out', 'our_id'],
])('migrations with %s', (_title, names, table, column) => {
  let database: TestDatabase;
  const config = { migrationSource: createMigrationSource('pg', names) };
  const versions = async (): Promise<string[]> =>
    (await config.migrationSource.getMigrations([])).map(config.migrationSource.getMigrationName);
  beforeEach(async () => {
    database = await createEmptyDatabase();
    if (names === SCHEMA_NAMES) await database.db.query('CREATE SCHEMA province');
  });
  afterEach(() => database.drop());

  /** knex' own two tables stay */
  const catalog = async (): Promise<string[]> => {
    const { rows } = await database.db.query<{ line: string }>(CATALOG);
    return rows.map(({ line }) => line).filter((line) => !line.includes('knex_migrations'));
  };

  it('go up from empty, down again step by step, and leave nothing behind', async () => {
    const { migrate } = database.db.knex;
    const states = [await catalog()];
    for (const _version of await versions()) {
      await migrate.up(config);
      states.push(await catalog());
    }
    expect(new Set(states.map(String)).size).toBe(states.length);
    expect(states.at(-1)!.filter((line) => line === `rights ${table} sms_province DELETE`)).toHaveLength(1);
    await migrate.latest(config);
    expect(await catalog()).toEqual(states.at(-1));
    for (const before of states.slice(0, -1).reverse()) {
      await migrate.down(config);
      expect(await catalog()).toEqual(before);
    }
    await migrate.latest(config);
    expect(await catalog()).toEqual(states.at(-1));
  });

  it('from every version with rows in the tables to the newest, and back to the first: no row is lost', async () => {
    const { query, knex } = database.db;
    const all = await versions();
    for (const version of all) {
      while ((await knex.migrate.currentVersion(config)) !== version) await knex.migrate.up(config);
      await query(
        `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, created_at, source)
         VALUES ($1, 'billing', '1', 'x', 'NEW', now(), 'table')`,
        [version],
      );
      await query(
        `INSERT INTO sm_receive_t (received_id, src_addr, dest_addr, content, received_at, recorded_at, offered_at)
         VALUES ($1, '1', '2', 'x', now(), now(), now())`,
        [version],
      );
      await query(`INSERT INTO login_user (username, app_id, role) VALUES ($1, 'billing', 'application')`, [version]);
      const { send } = names.columns;
      await query(
        `INSERT INTO ${names.tables.send} (${send.msgId}, ${send.destAddr}, ${send.content}, ${send.createTime}) VALUES ($1, '1', 'x', now())`,
        [version],
      );
      const rows = async () => {
        const found: unknown[] = [];
        for (const from of ['sm_send_t', 'sm_receive_t', 'login_user', 'archive_lock', names.tables.send])
          found.push((await query(`SELECT * FROM ${from}`)).rows);
        return found;
      };
      const before = await rows();
      await knex.migrate.latest(config);
      expect(await rows()).toEqual(before);
      while ((await knex.migrate.currentVersion(config)) !== all[0]) await knex.migrate.down(config);
      expect(await rows()).toEqual(before);
    }
  });

  it('make an exchange table with the configured columns, where an id stands once', async () => {
    await database.db.knex.migrate.latest(config);
    const insert = `INSERT INTO ${names.tables.send} (${names.columns.send.msgId}, ${names.columns.send.destAddr}, ${names.columns.send.content},
      ${names.columns.send.createTime}) VALUES ('a', '1', 'x', now())`;
    await database.db.query(insert);
    await expect(database.db.query(insert)).rejects.toMatchObject({ code: 'DB_UNIQUE', retryable: false });
    const { rows } = await database.db.query(`SELECT ${column} FROM ${names.tables.send}`);
    expect(rows).toEqual([{ [column]: 'a' }]);
  });

  it('give each history every column of its day table', async () => {
    await database.db.knex.migrate.latest(config);
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
