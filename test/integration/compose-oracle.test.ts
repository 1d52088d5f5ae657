import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installNeeds } from '../../cli/oracle/judge-server';
import { type SpawnedOracleServer, spawnOracleServer } from '../../oracle-stand-in/spawn-oracle-server';
import { createOwnTables } from '../../services/gateway-simulator/sql/own-tables';
import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { type ComposeService, loadComposeFile, loadEnvFile, root } from '../contract/compose-file';
import { createEmptyDatabase } from '../support/empty-database';
import { runCli } from '../support/run-cli';
import { type ServiceName, type ServiceProcess, startService } from '../support/service-process';
import type { TestDatabase } from '../support/test-database';
import { onStandIn } from '../support/test-engines';
import { testBrokers } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';

const PREFIX = `compose${process.pid}.`;
/** The run's Kafka is an external cluster, which the compose file allows. */
const OWN_KAFKA = { KAFKA_BROKERS: testBrokers(), TOPIC_PREFIX: PREFIX, TOPIC_PARTITIONS: '2' };
const compose = loadComposeFile({ ...loadEnvFile(join(root, 'deploy/oracle/oracle.env')), ...OWN_KAFKA });
/**
 * The settings.env of a site, which every process gets: no message fails at random, and the
 * processes share one host.
 */
const SETTINGS = { SIMULATOR_SUBMIT_FAILED_RATIO: '0', SIMULATOR_REPORT_CODES: 'DELIVRD=1', HTTP_PORT: '0' };
/** As long as Oracle allows up to 21c, with characters that a password generator may use. */
const passwordOf = (secret: string): string => `${secret.slice('database_'.length)} it's :x %41 $$`;

/** Runs what docker-compose.yml describes on Oracle, with a stand-in in place of the container. */
onStandIn('docker-compose.yml on Oracle', () => {
  let behind: TestDatabase;
  let server: SpawnedOracleServer;
  let secrets: string;
  const opened: Database[] = [];
  const services: ServiceProcess[] = [];

  beforeAll(async () => {
    behind = await createEmptyDatabase();
    server = await spawnOracleServer({
      postgresUrl: behind.url,
      users: {
        SYSTEM: {
          password: passwordOf('database_superuser'),
          privileges: ['DBA', ...Object.keys(installNeeds(false, true))],
        },
      },
    });
    secrets = mkdtempSync(join(tmpdir(), 'secrets-'));
    for (const name of Object.keys(compose.secrets)) writeFileSync(join(secrets, name), `${passwordOf(name)}\n`);
  });
  afterAll(async () => {
    for (const service of services) await service.kill();
    for (const db of opened) await db.close();
    await server.close();
    await behind.drop();
    rmSync(secrets, { recursive: true });
  });

  /** Translates the container's addresses and paths of secrets to those of this host. */
  const outside = (text: string | number): string =>
    String(text)
      .replace('oracle:1521/SMS', server.connectString)
      .replace('/run/secrets', secrets)
      .replace('/exchange.json', join(root, compose.configs.exchange!.file));

  const environmentOf = (name: string): Record<string, string> => ({
    ...SETTINGS,
    ...Object.fromEntries(
      Object.entries(compose.services[name]?.environment ?? {}).map(([key, value]) => [key, outside(value)]),
    ),
  });

  /**
   * Runs `docker compose up` for a service that runs once, or `docker compose run --rm` with a
   * command.
   */
  const run = async (name: string, ...words: readonly string[]) => {
    const { command = [] } = compose.services[name] as ComposeService;
    expect(command[0]).toBe('dist/cli/main.js');
    return runCli(words.length > 0 ? words : command.slice(1).map(outside), { env: environmentOf(name) });
  };

  const connect = (url: string, password: string): Database => {
    const db = openDatabase({
      url: outside(url),
      password,
      applicationName: 'test',
      poolMax: 3,
      statementTimeoutMs: 30_000,
    });
    opened.push(db);
    return db;
  };

  it('waits for the server in oracle-install, creates everything for `migrate` and the services, and changes nothing at the next `up`', async () => {
    // a database may be open before its listener knows it
    await server.inject({ kind: 'refuse-connect', number: 12514, times: 2 });
    const installed = await run('oracle-install');
    expect([installed.code, installed.stdout.match(/created$/gm)?.length]).toEqual([0, 6]);
    expect(installed.stderr).toMatch(/^waiting for the server: .*not registered with the listener/);
    const migrated = await run('migrate');
    expect([migrated.code, migrated.stdout]).toEqual([0, 'nothing to do: the database is up to date\n']);
    const again = await run('oracle-install');
    expect([again.code, again.stdout.match(/created|done$/gm)]).toEqual([0, expect.not.arrayContaining(['created'])]);
    for (const { stdout, stderr } of [installed, migrated, again]) expect(stdout + stderr).not.toContain(`it's`);
  });

  it('lets each service log in with its secret and do its own work', async () => {
    const logins = Object.entries(compose.services).filter(([, { environment }]) => environment?.DATABASE_URL);
    expect(logins.map(([name]) => name).sort()).toEqual([
      'archiver',
      'exchange-relay',
      'gateway-simulator',
      'migrate',
      'oracle-install',
      'producer',
      'report-collector',
    ]);
    const dbs = new Map<string, Database>();
    for (const [name, { environment, secrets: given = [] }] of logins) {
      const { DATABASE_URL, DATABASE_PASSWORD_FILE } = environment!;
      const secret = String(DATABASE_PASSWORD_FILE).replace('/run/secrets/', '');
      expect(given).toContain(secret);
      const db = connect(String(DATABASE_URL), passwordOf(secret));
      dbs.set(name, db);
      const { rows } = await db.oracle.execute(`SELECT SYS_CONTEXT('USERENV', 'SESSION_USER') AS NAME FROM DUAL`);
      expect(rows).toEqual([{ name: new URL(String(DATABASE_URL)).username }]);
      const wrong = connect(String(DATABASE_URL), 'another').oracle.execute('SELECT 1 AS X FROM DUAL');
      await expect(wrong).rejects.toMatchObject({ code: 'DB_LOGIN' });
    }
    const relay = dbs.get('exchange-relay')!.oracle;
    await relay.execute('SELECT NEXT_OFFSET FROM RELAY_OFFSET FOR UPDATE');
    await expect(relay.execute('DELETE FROM CLIENT_SMS_SEND')).rejects.toMatchObject({ code: 'DB_DENIED' });
    await dbs.get('producer')!.oracle.execute('SELECT API_KEY_HASH FROM LOGIN_USER');
    await dbs.get('archiver')!.oracle.execute('SELECT ONLY_ROW FROM ARCHIVE_LOCK FOR UPDATE');
    await dbs.get('report-collector')!.oracle.execute('DELETE FROM CLIENT_SMS_RESP');

    const { SIMULATOR_JOURNAL, SIMULATOR_ANSWERS } = compose.services['gateway-simulator']!.environment!;
    const tables = { journal: String(SIMULATOR_JOURNAL), answers: String(SIMULATOR_ANSWERS), answerLog: undefined };
    const province = dbs.get('gateway-simulator')!;
    expect(await createOwnTables(province, tables)).toEqual([tables.journal, tables.answers]);
    await province.oracle.execute('DELETE FROM CLIENT_SMS_SEND');
  });

  it('starts the services with their environment, and brings a message to the simulator and back', async () => {
    const topics = await run('topics');
    expect([topics.code, topics.stdout]).toEqual([0, expect.stringContaining(`${PREFIX}sms.send`)]);
    const added = await run('migrate', 'app', 'add', 'billing', '--ext-code', '01');
    expect([added.code, added.stderr]).toEqual([0, '']);
    for (const [name, { command }] of Object.entries(compose.services)) {
      if (!command?.[0]?.startsWith('dist/services/')) continue;
      expect(command).toEqual([`dist/services/${name}/main.js`]);
      services.push(startService(name as ServiceName, environmentOf(name)));
    }
    expect(services).toHaveLength(5);
    for (const service of services) {
      const health = `http://127.0.0.1:${await service.ready(60_000)}/health/ready`;
      // not before its tables have accepted test rows
      await waitUntil('it is ready', async () => (await fetch(health)).status === 200, 60_000);
    }
    const words = ['publish', '--app', 'billing', '--to', '13800138000', '--content', 'Hello', '--wait', '--json'];
    const published = await run('migrate', ...words);
    expect([published.code, published.stdout]).toEqual([0, expect.stringContaining('"DELIVERED"')]);
    for (const service of services) expect(await service.stop()).toBe(0);
  });
});
