import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createDatabaseLogin } from '../../cli/accounts/database-login';
import { createMigrationSource } from '../../migrations';
import { createOwnTables } from '../../services/gateway-simulator/sql/own-tables';
import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { loadComposeFile, root } from '../contract/compose-file';

const compose = loadComposeFile();
/** Characters that a password generator may use, and worse. */
const PASSWORD = `it's "x" %41 $$ é`;

/**
 * Runs deploy/postgres/accounts.sql as the PostgreSQL image does, on a server of its own: logins
 * belong to a whole server.
 */
describe('the database accounts of docker-compose.yml', () => {
  let server: ChildProcess;
  let url: URL;
  let secrets: string;
  const opened: Database[] = [];

  const connect = (username: string, password?: string): Database => {
    const own = new URL(url);
    own.username = username;
    own.password = '';
    const db = openDatabase({
      url: own.href,
      applicationName: 'test',
      poolMax: 3,
      statementTimeoutMs: 30_000,
      ...(password === undefined ? {} : { password }),
    });
    opened.push(db);
    return db;
  };

  beforeAll(async () => {
    server = spawn(process.execPath, [join(root, 'scripts/servers/postgres-server.mjs')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: server.stdout! }), 'line')) as [string];
    const admin = openDatabase({ url: line, applicationName: 'test', poolMax: 2, statementTimeoutMs: 30_000 });
    opened.push(admin);
    await admin.query('CREATE DATABASE sms');
    url = new URL(line);
    url.pathname = '/sms';
    secrets = mkdtempSync(join(tmpdir(), 'secrets-'));
    // the server may run as another user, as in its container
    chmodSync(secrets, 0o755);
    for (const name of Object.keys(compose.secrets)) writeFileSync(join(secrets, name), `${name} ${PASSWORD}\n`);
    const text = readFileSync(join(root, compose.configs.postgres_accounts!.file), 'utf8');
    const superuser = openDatabase({ url: url.href, applicationName: 'test', poolMax: 2, statementTimeoutMs: 30_000 });
    opened.push(superuser);
    await superuser.knex.raw(text.replaceAll('/run/secrets', secrets).replaceAll('?', '\\?'));
  });
  afterAll(async () => {
    for (const db of opened) await db.close();
    const exited = once(server, 'exit');
    server.stdin!.end();
    await exited;
    rmSync(secrets, { recursive: true });
  });

  /**
   * Returns, for each service with a login, its name from the URL and the secret with its password.
   */
  const logins = Object.values(compose.services)
    .map(({ environment }) => environment ?? {})
    .filter(({ DATABASE_URL }) => String(DATABASE_URL).startsWith('postgres:'))
    .map((environment) => ({
      username: new URL(String(environment.DATABASE_URL)).username,
      secret: String(environment.DATABASE_PASSWORD_FILE).replace('/run/secrets/', ''),
    }));

  it('all exist with their passwords, and none is a superuser', async () => {
    expect(logins.map(({ username }) => username).sort()).toEqual(
      ['archiver', 'collector', 'producer', 'province', 'relay', 'sms_owner'].sort(),
    );
    for (const { username, secret } of logins) {
      const { rows } = await connect(username, `${secret} ${PASSWORD}`).query(
        `SELECT current_user AS name, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS super`,
      );
      expect(rows).toEqual([{ name: username, super: false }]);
      await expect(connect(username, 'another').query('SELECT 1')).rejects.toMatchObject({ code: 'DB_LOGIN' });
    }
  });

  it('let the owner migrate and register, and each service do its own work only', async () => {
    const mapping = loadExchangeMapping();
    const owner = connect('sms_owner', `database_owner ${PASSWORD}`);
    await owner.knex.migrate.latest({ migrationSource: createMigrationSource('pg', mapping) });
    await createDatabaseLogin(owner, { username: 'meter', password: 'pw', role: 'sms_application' });

    const relay = connect('relay', `database_relay ${PASSWORD}`);
    await relay.query('SELECT next_offset FROM relay_offset FOR UPDATE');
    await expect(relay.query('DELETE FROM client_sms_send')).rejects.toMatchObject({ code: 'DB_DENIED' });
    await expect(relay.query('CREATE TABLE mine (x int)')).rejects.toMatchObject({ code: 'DB_DENIED' });

    // A reserved connection is for the services.
    const reserved = `SELECT pg_has_role('pg_use_reserved_connections', 'USAGE') AS may`;
    expect((await relay.query(reserved)).rows).toEqual([{ may: true }]);
    await expect(relay.query('SELECT lo_create(0)')).rejects.toMatchObject({ code: 'DB_DENIED' });

    const province = connect('province', `database_province ${PASSWORD}`);
    const { SIMULATOR_JOURNAL, SIMULATOR_ANSWERS } = compose.services['gateway-simulator']!.environment!;
    const tables = { journal: String(SIMULATOR_JOURNAL), answers: String(SIMULATOR_ANSWERS), answerLog: undefined };
    expect(await createOwnTables(province, tables)).toEqual([tables.journal, tables.answers]);
    expect((await province.query(reserved)).rows).toEqual([{ may: false }]);
    await province.query('DELETE FROM client_sms_send');
    await expect(province.query('SELECT * FROM sm_send_t')).rejects.toMatchObject({ code: 'DB_DENIED' });
  });
});
