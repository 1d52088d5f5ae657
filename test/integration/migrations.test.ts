import type { Knex } from 'knex';
import { listStatements, prepareMigrations } from '../../migrations';
import { SENT_COLUMNS } from '../../migrations/0002-access/objects';
import { COLUMN_WORDS } from '../../migrations/0013-neighbours/comments';
import { type Engine, forEngine, type PerEngine } from '../../shared/database/database';
import { type ExchangeMapping, loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { insertRows, type Row } from '../support/insert-rows';
import { createTestDatabase, createUnmigratedDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';

const DEFAULT_NAMES = loadExchangeMapping();
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
/**
 * Lists everything that a migration creates, one line each: columns, indexes, views, functions,
 * triggers, rights.
 */
const CATALOG: PerEngine<string> = {
  pg: `
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
  FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE datname = current_database()`,
  oracledb: `
SELECT 'column ' || TABLE_NAME || '.' || COLUMN_NAME || ' ' || DATA_TYPE || ' ' || TO_CHAR(CHAR_LENGTH) || ' ' || NULLABLE AS LINE FROM USER_TAB_COLUMNS
UNION ALL SELECT 'index ' || TABLE_NAME || ' ' || INDEX_NAME || ' ' || UNIQUENESS FROM USER_INDEXES
UNION ALL SELECT 'view ' || VIEW_NAME FROM USER_VIEWS
UNION ALL SELECT 'trigger ' || TRIGGER_NAME || ' ' || STATUS FROM USER_TRIGGERS
UNION ALL SELECT 'constraint ' || TABLE_NAME || ' ' || CONSTRAINT_NAME FROM USER_CONSTRAINTS WHERE CONSTRAINT_NAME NOT LIKE 'SYS%'
UNION ALL SELECT 'rights ' || TABLE_NAME || ' ' || GRANTEE || ' ' || PRIVILEGE FROM USER_TAB_PRIVS WHERE OWNER = SYS_CONTEXT('USERENV', 'SESSION_USER')
UNION ALL SELECT 'rights ' || TABLE_NAME || '.' || COLUMN_NAME || ' ' || GRANTEE || ' ' || PRIVILEGE
  FROM USER_COL_PRIVS WHERE OWNER = SYS_CONTEXT('USERENV', 'SESSION_USER')
UNION ALL SELECT 'role ' || GRANTED_ROLE FROM USER_ROLE_PRIVS`,
};

/** Columns of a live table that its history lacks, or has with another definition. */
const NOT_IN_HISTORY: PerEngine<string> = {
  pg: `SELECT d.table_name, d.column_name FROM information_schema.columns d
        WHERE d.table_name IN ('sm_send_t', 'sm_receive_t') AND NOT EXISTS (
          SELECT 1 FROM information_schema.columns h
           WHERE h.table_name = d.table_name || '_log' AND h.column_name = d.column_name AND h.data_type = d.data_type
             AND h.character_maximum_length IS NOT DISTINCT FROM d.character_maximum_length)`,
  oracledb: `SELECT D.TABLE_NAME, D.COLUMN_NAME FROM USER_TAB_COLUMNS D
        WHERE D.TABLE_NAME IN ('SM_SEND_T', 'SM_RECEIVE_T') AND NOT EXISTS (
          SELECT 1 FROM USER_TAB_COLUMNS H
           WHERE H.TABLE_NAME = D.TABLE_NAME || '_LOG' AND H.COLUMN_NAME = D.COLUMN_NAME AND H.DATA_TYPE = D.DATA_TYPE AND H.CHAR_LENGTH = D.CHAR_LENGTH)`,
};

type Names = readonly [title: string, names: ExchangeMapping, table: string, column: string];

const ON_BOTH: readonly Names[] = [
  ['default names', DEFAULT_NAMES, 'client_sms_send', 'msg_id'],
  ['other names', OTHER_NAMES, 'mt_out', 'our_id'],
];

/** On Oracle only a DBA can create tables in another schema. */
const NAMES: PerEngine<readonly Names[]> = {
  pg: [...ON_BOTH, ['names in another schema', SCHEMA_NAMES, 'mt_out', 'our_id']],
  oracledb: ON_BOTH,
};

const suite = (engine: Engine, [, mapping, table]: Names): void => {
  let database: TestDatabase;
  let config: Knex.MigratorConfig;
  const versions = async (): Promise<string[]> => {
    const { migrationSource: source } = config;
    return (await source!.getMigrations([])).map((migration) => source!.getMigrationName(migration));
  };
  beforeEach(async () => {
    database = await createUnmigratedDatabase(engine, mapping);
    config = await prepareMigrations(database.db, mapping, { tablespaces: false });
    if (mapping === SCHEMA_NAMES) await database.db.query('CREATE SCHEMA province');
  });
  afterEach(() => database.drop());

  /** The two tables of knex stay. */
  const catalog = async (): Promise<string[]> => {
    const rows = await database.run<{ line: string }>(forEngine(engine, CATALOG));
    // nor do objects in Oracle's recycle bin count
    return rows
      .map(({ line }) => line.toLowerCase())
      .filter((line) => !/knex_migrations|bin\$/.test(line))
      .sort();
  };

  /** Enters one row in each table that every version has. */
  const enter = async (version: string): Promise<void> => {
    const { db } = database;
    const { send } = mapping.columns;
    const at = new Date();
    await database.run(
      `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, created_at, handed_at, source)
       VALUES ($1, 'billing', '1', 'x', 'HANDED', $2, $2, 'table')`,
      [version, at],
    );
    const inbound = { received_id: version, src_addr: '1', dest_addr: '2', content: 'x' };
    await insertRows(db, 'sm_receive_t', [{ ...inbound, received_at: at, recorded_at: at, offered_at: at }]);
    await insertRows(db, 'login_user', [{ username: version, app_id: 'billing', role: 'application' }]);
    await insertRows(db, mapping.tables.send, [
      { [send.msgId]: version, [send.destAddr]: '1', [send.content]: 'x', [send.createTime as string]: at },
    ]);
  };
  const rows = async (): Promise<readonly string[]> => {
    // later versions have more columns
    const found = [
      ...(await database.run(`SELECT ${SENT_COLUMNS} FROM sm_send_t`)),
      ...(await database.run('SELECT username, app_id, role, enabled, created_at FROM login_user')),
    ];
    for (const from of ['sm_receive_t', 'archive_lock', mapping.tables.send])
      found.push(...(await database.run(`SELECT * FROM ${from}`)));
    return found.map((row) => JSON.stringify(row)).sort();
  };

  it('go up from empty and down again step by step with rows of every version, lose no row, and remove all objects', async () => {
    const { migrate } = database.db.knex;
    const all = await versions();
    const states = [await catalog()];
    let entered: readonly string[] = [];
    for (const version of all) {
      await migrate.up(config);
      states.push(await catalog());
      if (version !== all[0]) expect([version, await rows()]).toEqual([version, entered]);
      await enter(version);
      entered = await rows();
    }
    // the only row of archive_lock comes with the migrations
    expect(entered).toHaveLength(4 * all.length + 1);
    // some change nothing on one engine
    const changes = listStatements(engine, mapping).filter(({ up }) => up.length > 0);
    expect(new Set(states.map(String)).size).toBe(changes.length + 1);
    expect(states.at(-1)!.filter((line) => line === `rights ${table} sms_province delete`)).toHaveLength(1);
    await migrate.latest(config);
    expect(await catalog()).toEqual(states.at(-1));
    for (const before of states.slice(1, -1).reverse()) {
      await migrate.down(config);
      expect(await catalog()).toEqual(before);
      expect(await rows()).toEqual(entered);
    }
    await migrate.latest(config);
    expect(await catalog()).toEqual(states.at(-1));
    expect(await rows()).toEqual(entered);
    await migrate.rollback(config, true);
    expect(await catalog()).toEqual(states[0]);
  });

  it("give messages a key of their own, keep the province's for existing ones, and go back only while each id belongs to one application", async () => {
    const { db } = database;
    const { knex } = db;
    while ((await knex.migrate.currentVersion(config)) !== '0003-producer-indexes') await knex.migrate.up(config);
    const at = new Date();
    const message = { app_id: 'billing', dest_addr: '1', content: 'x', created_at: at, source: 'http' };
    const enter = (table: string, row: Row) => insertRows(db, table, [row]);
    await enter('SM_SEND_T', { ...message, MESSAGE_ID: 'handed', status: 'HANDED', handed_at: at });
    await enter('SM_SEND_T', { ...message, MESSAGE_ID: 'timed', status: 'SCHEDULED', scheduled_at: at });
    await enter('SM_SEND_T', { ...message, MESSAGE_ID: 'queued', status: 'QUEUED' });
    await enter('SM_SEND_T_LOG', { ...message, MESSAGE_ID: 'old', status: 'DELIVERED', archived_at: at });
    await enter('SM_SEND_PART', {
      MESSAGE_ID: 'handed',
      gateway_key: 'G',
      gateway_msg_id: 'g',
      part_no: 1,
      status: 'SUBMITTED',
      created_at: at,
    });
    while ((await knex.migrate.currentVersion(config)) !== '0011-identity') await knex.migrate.up(config);
    const named = async (): Promise<readonly string[]> => {
      const rows = await database.run<{ message_id: string; msg_id: string }>(
        'SELECT message_id, msg_id FROM sm_send_t UNION ALL SELECT message_id, msg_id FROM sm_send_t_log',
      );
      return rows.filter(({ message_id, msg_id }) => message_id === msg_id).map(({ message_id }) => message_id);
    };
    expect([...(await named())].sort()).toEqual(['handed', 'old', 'timed']);
    expect(await database.run('SELECT msg_id FROM sm_send_part')).toEqual([{ msg_id: 'handed' }]);
    // a row as the table interface enters it: without a MSG_ID
    await database.run(
      `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, created_at, source)
       VALUES ('old', 'portal', '1', 'x', 'NEW', $1, 'table')`,
      [at],
    );
    expect(await named()).toHaveLength(3);
    await database.run(`UPDATE sm_send_t SET msg_id = 'OURS' WHERE message_id = 'handed'`);
    await database.run(`UPDATE sm_send_part SET msg_id = 'OURS'`);

    await expect(knex.migrate.down(config)).rejects.toThrow(/MESSAGE_ID old is used by two applications/);
    expect(await database.run('SELECT msg_id FROM sm_send_part')).toEqual([{ msg_id: 'OURS' }]);
    await database.run(`DELETE FROM sm_send_t WHERE app_id = 'portal'`);
    await knex.migrate.down(config);
    expect(await database.run('SELECT message_id FROM sm_send_part')).toEqual([{ message_id: 'handed' }]);
    expect(await database.run('SELECT message_id FROM sm_send_t ORDER BY message_id')).toHaveLength(3);
    await knex.migrate.latest(config);
  });
};

const migratedSuite = (engine: Engine, [, mapping, , column]: Names): void => {
  let database: TestDatabase;
  beforeAll(async () => {
    if (mapping !== SCHEMA_NAMES) database = await createTestDatabase(mapping, engine);
    else {
      database = await createUnmigratedDatabase(engine, mapping);
      await database.db.query('CREATE SCHEMA province');
      await database.db.knex.migrate.latest(await prepareMigrations(database.db, mapping, { tablespaces: false }));
    }
  });
  afterAll(() => database.drop());

  it('create an exchange table with the configured columns and a unique id', async () => {
    const { send } = mapping.columns;
    const row = {
      [send.msgId]: 'a',
      [send.destAddr]: '1',
      [send.content]: 'x',
      [send.createTime as string]: new Date(),
    };
    const insert = () => insertRows(database.db, mapping.tables.send, [row]);
    await insert();
    await expect(insert()).rejects.toMatchObject({ code: 'DB_UNIQUE', retryable: false });
    const rows = await database.run(`SELECT ${column} FROM ${mapping.tables.send}`);
    expect(rows).toEqual([{ [column]: 'a' }]);
  });

  // Oracle gets the same words from the same list; its catalogue of comments is not read here.
  if (engine === 'pg')
    it('explain every table and view, and every column that people read', async () => {
      const [exchange, people] = [Object.values(mapping.tables), Object.keys(COLUMN_WORDS)].map((names) =>
        names.map((name) => name.toLowerCase()),
      );
      const { rows } = await database.db.query(
        `SELECT relname FROM pg_class c
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND relname !~ '^knex' AND relname <> ALL($1)
          AND obj_description(oid) IS NULL
       UNION ALL
       SELECT relname || '.' || attname FROM pg_class c JOIN pg_attribute ON attrelid = c.oid
        WHERE relname = ANY($2) AND attnum > 0 AND NOT attisdropped AND col_description(c.oid, attnum) IS NULL`,
        [exchange, people],
      );
      expect(rows).toEqual([]);
    });

  it('give each history every column of its live table', async () => {
    expect(await database.run(forEngine(engine, NOT_IN_HISTORY))).toEqual([]);
  });
};

onEachEngine('migrations', (engine) => {
  describe.each(forEngine(engine, NAMES))('with %s', (...names) => suite(engine, names));
  describe.each(forEngine(engine, NAMES))('all of them, with %s,', (...names) => migratedSuite(engine, names));
});
