import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createDatabaseLogin, dropDatabaseLogin } from '../../cli/accounts/database-login';
import { DATABASE_ROLES } from '../../cli/accounts/login';
import { createMigrationSource } from '../../migrations';
import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';

const CONFIG = { migrationSource: createMigrationSource('pg', loadExchangeMapping()) };

/**
 * Runs on a server of its own, because roles belong to a whole PostgreSQL server and the last
 * migration down must drop them. On Oracle roles belong to one database, and go down with the
 * migrations (migrations.test.ts).
 */
describe('the roles of the migrations, on a server of their own', () => {
  let server: ChildProcess;
  let admin: Database;
  let adminUrl: string;
  const opened: Database[] = [];

  beforeAll(async () => {
    server = spawn(process.execPath, [join(__dirname, '../../scripts/servers/postgres-server.mjs')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    [adminUrl] = await once(createInterface({ input: server.stdout! }), 'line');
    admin = openDatabase({ url: adminUrl, applicationName: 'test', poolMax: 3, statementTimeoutMs: 30_000 });
  });
  afterEach(async () => {
    for (const db of opened.splice(0)) await db.close();
    const { rows } = await admin.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database WHERE datname LIKE 'db%'`,
    );
    for (const { name } of rows) await admin.knex.raw('DROP DATABASE ?? WITH (FORCE)', [name]);
    const { rows: roles } = await admin.query<{ name: string }>(
      `SELECT rolname AS name FROM pg_roles WHERE rolname LIKE 'sms%' OR rolname LIKE 'owner%'`,
    );
    for (const { name } of roles) await admin.knex.raw('DROP ROLE ??', [name]);
  });
  afterAll(async () => {
    await admin.close();
    const exited = once(server, 'exit');
    server.stdin!.end();
    await exited;
  });

  const connect = (database: string, login?: { readonly username: string; readonly password: string }): Database => {
    const url = new URL(adminUrl);
    url.pathname = `/${database}`;
    if (login) Object.assign(url, login);
    const db = openDatabase({ url: url.href, applicationName: 'test', poolMax: 3, statementTimeoutMs: 30_000 });
    opened.push(db);
    return db;
  };
  const createDatabase = async (name: string, owner = 'postgres'): Promise<void> => {
    await admin.knex.raw('CREATE DATABASE ?? OWNER ??', [name, owner]);
  };
  /** Creates a database and its owner, who is no superuser. */
  const ownedDatabase = async (name: string, rights: string): Promise<Database> => {
    await admin.knex.raw(`CREATE ROLE ?? LOGIN ${rights} PASSWORD 'pw'`, [`owner_${name}`]);
    await createDatabase(name, `owner_${name}`);
    return connect(name, { username: `owner_${name}`, password: 'pw' });
  };
  const roles = async (): Promise<string[]> => {
    const { rows } = await admin.query<{ name: string }>(
      `SELECT rolname AS name FROM pg_roles WHERE rolname LIKE 'sms%' AND NOT rolcanlogin ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  };
  const ALL = [...DATABASE_ROLES].sort();

  it('are groups that cannot log in', async () => {
    await createDatabase('db1');
    await connect('db1').knex.migrate.latest(CONFIG);
    const { rows } = await admin.query(
      `SELECT DISTINCT rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication FROM pg_roles WHERE rolname LIKE 'sms%'`,
    );
    expect(rows).toEqual([
      {
        rolcanlogin: false,
        rolsuper: false,
        rolcreatedb: false,
        rolcreaterole: false,
        rolbypassrls: false,
        rolreplication: false,
      },
    ]);
    expect(
      (
        await admin.query(
          `SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname LIKE 'sms%'`,
        )
      ).rowCount,
    ).toBe(0);
  });

  it('stay while another database of the server uses them, and are dropped with the last one', async () => {
    const dbs = ['db1', 'db2'].map((name) => connect(name));
    for (const name of ['db1', 'db2']) await createDatabase(name);
    for (const db of dbs) await db.knex.migrate.latest(CONFIG);
    expect(await roles()).toEqual(ALL);
    await dbs[0]!.knex.migrate.rollback(CONFIG, true);
    expect(await roles()).toEqual(ALL);
    expect((await dbs[1]!.query(`SELECT has_table_privilege('sms_relay', 'sm_send_t', 'INSERT') AS may`)).rows).toEqual(
      [{ may: true }],
    );
    await dbs[1]!.knex.migrate.rollback(CONFIG, true);
    expect(await roles()).toEqual([]);
  });

  it('stay while a login is in them: after the next migration up it has its rights again', async () => {
    await createDatabase('db1');
    const db = connect('db1');
    const login = { username: 'sms_test_login', password: 'pw' };
    await db.knex.migrate.latest(CONFIG);
    await createDatabaseLogin(db, { ...login, role: 'sms_application' });
    await db.knex.migrate.rollback(CONFIG, true);
    expect(await roles()).toEqual(['sms_application']);
    await db.knex.migrate.latest(CONFIG);
    expect((await connect('db1', login).query('SELECT * FROM v_send_t_log')).rows).toEqual([]);
    await dropDatabaseLogin(db, login.username);
  });

  it('are created, granted and dropped by an owner with CREATEROLE and no superuser, who can also create logins', async () => {
    const db = await ownedDatabase('db1', 'CREATEROLE');
    await db.knex.migrate.latest(CONFIG);
    const login = { username: 'sms_test_login', password: 'pw' };
    await createDatabaseLogin(db, { ...login, role: 'sms_application' });
    await db.query(
      `INSERT INTO login_user (username, app_id, role) VALUES ('sms_test_login', 'billing', 'application')`,
    );
    const application = connect('db1', login);
    await application.query(`INSERT INTO sm_send_t (dest_addr, content) VALUES ('1', 'x')`);
    expect((await application.query('SELECT app_id FROM v_send_t_log')).rows).toEqual([{ app_id: 'billing' }]);
    for (const sql of ['SELECT * FROM sm_send_t', 'CREATE TABLE mine (x int)', 'CREATE TEMPORARY TABLE mine (x int)'])
      await expect(application.query(sql)).rejects.toMatchObject({ code: 'DB_DENIED' });
    await application.close();
    await dropDatabaseLogin(db, login.username);
    await db.knex.migrate.rollback(CONFIG, true);
    expect(await roles()).toEqual([]);
  });

  it('are only granted where they exist, by an owner without CREATEROLE', async () => {
    const db = await ownedDatabase('db1', '');
    await expect(db.knex.migrate.latest(CONFIG)).rejects.toMatchObject({
      code: '42501',
      message: expect.stringMatching(
        /the migrating account "owner_db1" is not allowed to do: CREATE ROLE sms_administrator NOLOGIN/,
      ),
      hint: expect.stringMatching(/CREATEROLE/),
    });
    for (const role of ALL) await admin.knex.raw(`CREATE ROLE ${role} NOLOGIN`);
    await db.knex.migrate.latest(CONFIG);
    await db.knex.migrate.rollback(CONFIG, true);
    // the owner may not drop them
    expect(await roles()).toEqual(ALL);
    await db.knex.migrate.latest(CONFIG);
  });

  it('stop the migration with the missing grant when the schema belongs to another account', async () => {
    const mapping = loadExchangeMapping();
    const tables = { send: 'province.out', resp: 'province.resp', report: 'province.report', recv: 'province.inbound' };
    const config = { migrationSource: createMigrationSource('pg', { ...mapping, tables }) };
    const db = await ownedDatabase('db1', 'CREATEROLE');
    await connect('db1').query('CREATE SCHEMA province; GRANT USAGE, CREATE ON SCHEMA province TO owner_db1');
    await expect(db.knex.migrate.latest(config)).rejects.toMatchObject({
      code: '42501',
      message: expect.stringMatching(/is not allowed to do: GRANT USAGE ON SCHEMA province TO sms_collector/),
    });
    await connect('db1').query('GRANT USAGE ON SCHEMA province TO owner_db1 WITH GRANT OPTION');
    await db.knex.migrate.latest(config);
    await db.knex.migrate.rollback(config, true);
    expect(await roles()).toEqual([]);
  });

  it('survive databases that are migrated up and down at the same time', async () => {
    const names = ['db1', 'db2', 'db3', 'db4'];
    for (const name of names) await createDatabase(name);
    await Promise.all(
      names.map(async (name) => {
        const db = connect(name);
        const { migrate } = db.knex;
        for (let turn = 0; turn < 6; turn += 1) {
          await migrate.latest(CONFIG);
          const { rows } = await opened
            .at(names.indexOf(name))!
            .query<{ may: boolean }>(
              `SELECT bool_and(has_schema_privilege(r, 'public', 'USAGE')) AS may FROM unnest($1::text[]) AS r`,
              [ALL],
            );
          expect(rows).toEqual([{ may: true }]);
          await migrate.rollback(CONFIG, true);
        }
      }),
    );
    expect(await roles()).toEqual([]);
  });
});
