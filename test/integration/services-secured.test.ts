import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { createSemaphore } from '../../shared/timing/semaphore';
import { call, post } from '../support/http-call';
import { type CliResult, runCli } from '../support/run-cli';
import { createSecrets, startSecuredKafka, startSecuredPostgres } from '../support/secured-servers';
import {
  isAtLeast,
  type LogLine,
  type ServiceName,
  type ServiceProcess,
  startService,
} from '../support/service-process';
import { waitUntil } from '../support/wait-until';

type Env = Readonly<Record<string, string>>;
type FatalLine = LogLine & { readonly err: { readonly code: string; readonly message: string } };
type Outcome = {
  readonly code: number | null;
  readonly ms: number;
  readonly log: readonly LogLine[];
  readonly fatal: FatalLine;
};

const PASSWORDS = {
  kafka: 'kafka-right-6d1f',
  kafkaWrong: 'kafka-wrong-6d1f',
  relay: 'relay-right-93ab',
  relayWrong: 'relay-wrong-93ab',
  relayNew: 'relay-newer-93ab',
  producer: 'producer-right-b52e',
} as const;

// on an Oracle with TCPS: services-secured-oracle.test.ts
const secrets = createSecrets();
const { authority, stranger, file, ca, otherCa } = secrets;
const client = authority.issue({ name: 'relay' });
const FILES = {
  ...Object.fromEntries(Object.entries(PASSWORDS).map(([name, text]) => [name, file(name, `${text}\n`)])),
  cert: file('client.crt', client.cert),
  key: file('client.key', client.key),
} as Readonly<Record<keyof typeof PASSWORDS | 'cert' | 'key', string>>;

let kafka: Awaited<ReturnType<typeof startSecuredKafka>>;
let postgres: Awaited<ReturnType<typeof startSecuredPostgres>>;
let owner: Database;
let apiKey: string;
const processes: ServiceProcess[] = [];
const commands: CliResult[] = [];

/** Kafka by SCRAM, the database by password, everything encrypted, and every secret in a file. */
const kafkaEnv = (): Env => ({
  KAFKA_BROKERS: kafka.scram,
  KAFKA_TLS: 'true',
  KAFKA_TLS_CA_FILE: ca,
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KAFKA_SASL_USERNAME: 'bridge',
  KAFKA_SASL_PASSWORD_FILE: FILES.kafka,
});
const withoutLogin = { KAFKA_SASL_MECHANISM: '', KAFKA_SASL_USERNAME: '', KAFKA_SASL_PASSWORD_FILE: '' };
const databaseUrl = (username: string, change: Partial<Pick<URL, 'hostname' | 'port'>> = {}): string => {
  const url = Object.assign(new URL(postgres.url), change, { username, password: '' });
  return url.href;
};
const databaseEnv = (username: 'relay' | 'producer'): Env => ({
  DATABASE_URL: databaseUrl(username),
  DATABASE_PASSWORD_FILE: FILES[username],
  DATABASE_TLS: 'true',
  DATABASE_TLS_CA_FILE: ca,
});
const relayEnv = (): Env => ({ ...kafkaEnv(), ...databaseEnv('relay') });
const producerEnv = (): Env => ({ ...kafkaEnv(), ...databaseEnv('producer') });

const start = (service: ServiceName, env: Env): ServiceProcess => {
  const started = startService(service, { HTTP_HOST: '127.0.0.1', HTTP_PORT: '0', LOG_LEVEL: 'trace', ...env });
  processes.push(started);
  return started;
};
const cli = async (args: readonly string[], env: Env): Promise<CliResult> => {
  const result = await runCli(args, { env });
  commands.push(result);
  return result;
};
const addressOf = async (producer: ServiceProcess): Promise<string> => {
  await producer.ready();
  return producer.log.find(({ msg }) => msg === 'http')?.address as string;
};
const problemsOf = async (healthPort: number): Promise<string> =>
  JSON.stringify((await call(`http://127.0.0.1:${healthPort}`, '/health/ready')).body.problems ?? {});
const send = (address: string, to: string) => post(address, apiKey, { to, content: '停电通知' });
/** Returns the error that ended the process; its last lines may arrive after its end. */
const lastWords = (service: ServiceProcess): Promise<FatalLine> =>
  waitUntil('its last words', () => service.log.find((line) => isAtLeast('fatal', line)) as FatalLine | undefined);
/** Tells whether a warning names the setting. */
const saidWhy = ({ log }: ServiceProcess, text: RegExp): boolean =>
  log.some((line) => isAtLeast('warn', line) && text.test(String(line.err)));
const handed = async (to: string): Promise<boolean> =>
  (await owner.query('SELECT 1 FROM client_sms_send WHERE dest_addr LIKE $1', [`%${to}`])).rows.length > 0;

beforeAll(async () => {
  [kafka, postgres] = await Promise.all([startSecuredKafka(secrets), startSecuredPostgres(secrets)]);
  await kafka.setPassword('bridge', PASSWORDS.kafka);
  const settings = { applicationName: 'test', poolMax: 3, statementTimeoutMs: 10_000, tls: { ca: authority.cert } };
  owner = openDatabase({ url: postgres.url, ...settings });
  const env = {
    ...kafkaEnv(),
    DATABASE_URL_FILE: file('owner-url', postgres.url),
    DATABASE_TLS: 'true',
    DATABASE_TLS_CA_FILE: ca,
  };
  const migrated = await cli(['migrate'], env);
  const [added, created] = await Promise.all([
    runCli(['app', 'add', 'billing', '--ext-code', '01', '--json'], { env }),
    cli(['topics', 'create', '--replication', '1'], env),
  ]);
  expect([migrated, added, created].map(({ code, stderr }) => [code, stderr])).toEqual(Array(3).fill([0, '']));
  apiKey = added.json()[0]?.key as string;
  await owner.query(`CREATE ROLE relay LOGIN PASSWORD '${PASSWORDS.relay}' IN ROLE sms_relay`);
  await owner.query(`CREATE ROLE producer LOGIN PASSWORD '${PASSWORDS.producer}' IN ROLE sms_producer`);
  await owner.query(`CREATE ROLE certified LOGIN PASSWORD '${PASSWORDS.relay}' IN ROLE sms_relay`);
}, 120_000);
afterAll(async () => {
  await Promise.all(processes.map((started) => (started.exited() ? undefined : started.kill())));
  await owner?.close();
  await Promise.all([kafka?.stop(), postgres?.stop()]);
  secrets.remove();
}, 30_000);

describe('wrong settings', () => {
  const MTLS = () => ({ ...withoutLogin, KAFKA_BROKERS: kafka.mtls });
  const noCertificate = () => ({ DATABASE_URL: databaseUrl('certified') });
  const CASES: readonly (readonly [string, () => Env, RegExp])[] = [
    // kafkajs retries these two, because the broker might be stopping
    [
      'Kafka: no TLS on a port with TLS',
      () => ({ ...MTLS(), KAFKA_TLS: 'false', KAFKA_TLS_CA_FILE: '' }),
      /expects TLS \(KAFKA_TLS\)/,
    ],
    [
      'Kafka: TLS on a port without',
      () => ({ ...withoutLogin, KAFKA_BROKERS: kafka.plain }),
      /does not use TLS: set KAFKA_TLS=false/,
    ],
    [
      'Kafka: a wrong password',
      () => ({ KAFKA_SASL_PASSWORD_FILE: FILES.kafkaWrong }),
      /KAFKA_SASL_PASSWORD_FILE, which are read when/,
    ],
    ['Kafka: an unknown authority', () => ({ KAFKA_TLS_CA_FILE: otherCa }), /KAFKA_TLS_CA_FILE must name/],
    [
      'Kafka: a certificate for another host',
      () => ({ ...withoutLogin, KAFKA_BROKERS: kafka.misnamed }),
      /KAFKA_BROKERS must use a name/,
    ],
    ['Kafka: no client certificate', MTLS, /KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE must name/],
    [
      'database: no TLS on a server with TLS',
      () => ({ DATABASE_TLS: 'false', DATABASE_TLS_CA_FILE: '' }),
      /set DATABASE_TLS=true/,
    ],
    [
      'database: TLS on a server without',
      () => ({ DATABASE_URL: databaseUrl('relay', { port: new URL(process.env.TEST_DATABASE_URL as string).port }) }),
      /set DATABASE_TLS=false/,
    ],
    [
      'database: a wrong password',
      () => ({ DATABASE_PASSWORD_FILE: FILES.relayWrong }),
      /DATABASE_PASSWORD or their _FILE/,
    ],
    ['database: an unknown authority', () => ({ DATABASE_TLS_CA_FILE: otherCa }), /DATABASE_TLS_CA_FILE must name/],
    [
      'database: a certificate for another host',
      () => ({ DATABASE_URL: databaseUrl('relay', { hostname: 'localhost' }) }),
      /DATABASE_URL must use a name/,
    ],
    ['database: no client certificate', noCertificate, /DATABASE_TLS_CERT_FILE and DATABASE_TLS_KEY_FILE/],
  ];
  const outcomes = new Map<string, Promise<Outcome>>();
  beforeAll(() => {
    // all at once would only be slow
    const turn = createSemaphore(4);
    for (const [name, change] of CASES) {
      const outcome = turn(async () => {
        const startedAt = Date.now();
        const relay = start('exchange-relay', { INSTANCE_ID: 'misled', ...relayEnv(), ...change() });
        const code = await relay.exit;
        return { code, ms: Date.now() - startedAt, log: relay.log, fatal: await lastWords(relay) };
      });
      outcomes.set(name, outcome);
    }
  });

  it.each([
    ['a key without its certificate', { KAFKA_TLS_KEY_FILE: FILES.key }, /KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE/],
    ['a file that is no certificate', { DATABASE_TLS_CA_FILE: FILES.relay }, /DATABASE_TLS_CA_FILE: .* no certificate/],
    [
      'a secret that does not exist',
      { DATABASE_PASSWORD_FILE: '/no/such/file' },
      /DATABASE_PASSWORD_FILE: cannot read/,
    ],
    ['a URL that is none', { DATABASE_URL: 'foo' }, /DATABASE_URL: must be postgres:/],
    ['an exchange file that does not exist', { EXCHANGE_FILE: '/no/such/file' }, /EXCHANGE_FILE: .*ENOENT/],
  ])('end the service with exit code 2: %s', async (_, change, text) => {
    const relay = start('exchange-relay', { ...relayEnv(), ...change });
    expect(await relay.exit).toBe(2);
    await waitUntil(
      () => relay.log,
      () => text.test(JSON.stringify(relay.log)),
    );
  });

  it('are reported by the doctor too', async () => {
    const [ofKafka, ofDatabase] = ['Kafka', 'database'].map((area) => CASES.filter(([name]) => name.startsWith(area)));
    const turn = createSemaphore(2);
    const pairs = ofKafka!.map((of, index) => [of, ofDatabase![index]!] as const);
    const results = await Promise.all(
      pairs.map(([[, one], [, other]]) =>
        turn(() => cli(['doctor', '--json'], { ...relayEnv(), ...one(), ...other() })),
      ),
    );
    for (const [index, result] of results.entries()) {
      const detailOf = (check: string) => result.json().find((finding) => finding.check === check)?.detail;
      expect(detailOf('kafka: connection')).toMatch(pairs[index]![0][2]);
      expect(detailOf('database: connection')).toMatch(pairs[index]![1][2]);
      expect(result.code).toBe(1);
    }
    const unread = { KAFKA_TLS_CA_FILE: FILES.key, DATABASE_TLS_CA_FILE: '/no/such.pem' };
    const mistaken = (await cli(['doctor', '--json'], { ...relayEnv(), ...unread })).json();
    expect(mistaken.map(({ check, detail }) => [check, detail])).toEqual([
      ['settings: database', expect.stringMatching(/^DATABASE_TLS_CA_FILE: cannot read it/)],
      ['settings: Kafka', expect.stringMatching(/^KAFKA_TLS_CA_FILE: .* holds no certificate/)],
    ]);
    const well = (await cli(['doctor', '--json'], relayEnv())).json();
    expect(well.filter(({ check }) => /connection/.test(check as string)).map(({ state }) => state)).toEqual([
      'ok',
      'ok',
    ]);
  }, 120_000);

  // the slow ones last: the tests above run meanwhile
  it.each(CASES.toReversed().map(([name, , text]) => [name, text] as const))(
    'end the service at once with exit code 1 and the remedy: %s',
    async (name, text) => {
      const { code, ms, log, fatal } = (await outcomes.get(name)) as Outcome;
      expect(code).toBe(1);
      expect(ms).toBeLessThan(45_000);
      expect(fatal.err.message).toMatch(text);
      const last = log.at(-1) as LogLine;
      expect([last.level, last.msg]).toEqual(['fatal', expect.stringMatching(/^stopped: (KAFKA|DB)_\w+: /)]);
      expect(last.msg).toMatch(text);
      const first = log.find((line) => isAtLeast('warn', line)) as LogLine;
      expect(JSON.stringify(first)).toMatch(text);
      if (!/Kafka: (no )?TLS on/.test(name)) expect(fatal.time - first.time).toBeLessThan(5_000);
    },
    120_000,
  );
});

describe('services on secured servers', () => {
  let relay: ServiceProcess;
  let producer: ServiceProcess;
  let address: string;
  beforeAll(async () => {
    relay = start('exchange-relay', { INSTANCE_ID: 'relay-1', ...relayEnv() });
    producer = start('producer', { INSTANCE_ID: 'producer-1', ACCOUNTS_REFRESH_SECONDS: '1', ...producerEnv() });
    address = await addressOf(producer);
    await relay.ready();
  }, 60_000);

  it('pass a message from HTTP over sms.send into the exchange table: SCRAM, TLS on both sides', async () => {
    expect((await send(address, '13800000001')).status).toBe(202);
    await waitUntil('it is handed over', () => handed('13800000001'));
    const { rows } = await owner.query<{ ssl: boolean }>(
      "SELECT DISTINCT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.usename IN ('relay', 'producer')",
    );
    expect(rows).toEqual([{ ssl: true }]);
  });

  it('wait while the database refuses the password, give the reason, and continue after the repair', async () => {
    const port = await relay.ready();
    await owner.query(`ALTER ROLE relay PASSWORD '${PASSWORDS.relayNew}'`);
    await owner.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'relay'");
    expect((await send(address, '13800000002')).status).toBe(202);
    await waitUntil('ready gives the reason', async () =>
      /DATABASE_PASSWORD or their _FILE/.test(await problemsOf(port)),
    );
    await waitUntil('its log gives the reason', () => saidWhy(relay, /DATABASE_PASSWORD or their _FILE/));
    await owner.query(`ALTER ROLE relay PASSWORD '${PASSWORDS.relay}'`);
    await waitUntil('it is handed over', () => handed('13800000002'));
    await waitUntil('it is ready', async () => (await problemsOf(port)) === '{}');
    expect(relay.exited()).toBe(false);
  });

  it("wait while the database's certificate has an unknown authority, give the reason, and continue after the repair", async () => {
    const port = await relay.ready();
    const install = async (by: typeof authority): Promise<void> => {
      postgres.install(by.issue({ name: 'postgres', host: '127.0.0.1' }));
      await owner.query('SELECT pg_reload_conf()');
    };
    await install(stranger);
    await waitUntil('connections are refused', async () => {
      await owner.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'relay'");
      return saidWhy(relay, /DATABASE_TLS_CA_FILE must name/);
    });
    expect((await send(address, '13800000003')).status).toBe(202);
    await waitUntil('ready gives the reason', async () =>
      /DATABASE_TLS_CA_FILE must name/.test(await problemsOf(port)),
    );
    await install(authority);
    await waitUntil('it is handed over', () => handed('13800000003'));
    await waitUntil('it is ready', async () => (await problemsOf(port)) === '{}');
  });

  it('end the relay when Kafka refuses the password; the producer reports it and continues after the repair', async () => {
    const port = await producer.ready();
    await kafka.setPassword('bridge', PASSWORDS.kafkaWrong);
    kafka.breakConnections();
    expect(await relay.exit).toBe(1);
    expect((await lastWords(relay)).err).toMatchObject({
      code: 'KAFKA_LOGIN',
      message: expect.stringMatching(/KAFKA_SASL_PASSWORD_FILE/),
    });
    expect((await send(address, '13800000004')).status).toBe(503);
    expect(await problemsOf(port)).toMatch(/KAFKA_SASL_PASSWORD_FILE/);
    await waitUntil('its log gives the reason', () => saidWhy(producer, /KAFKA_SASL_PASSWORD_FILE/));
    await kafka.setPassword('bridge', PASSWORDS.kafka);
    expect((await send(address, '13800000005')).status).toBe(202);
    expect(await problemsOf(port)).toBe('{}');
    relay = start('exchange-relay', { INSTANCE_ID: 'relay-1', ...relayEnv() });
    await waitUntil('it is handed over', () => handed('13800000005'));
    expect(await relay.stop()).toBe(0);
    expect(await producer.stop()).toBe(0);
  });

  it('pass a message with client certificates on both sides', async () => {
    const certified = {
      ...withoutLogin,
      KAFKA_BROKERS: kafka.mtls,
      KAFKA_TLS_CERT_FILE: FILES.cert,
      KAFKA_TLS_KEY_FILE: FILES.key,
      DATABASE_TLS_CERT_FILE: FILES.cert,
      DATABASE_TLS_KEY_FILE: FILES.key,
    };
    start('exchange-relay', {
      INSTANCE_ID: 'relay-1',
      ...relayEnv(),
      ...certified,
      DATABASE_URL: databaseUrl('certified'),
    });
    const over = await addressOf(start('producer', { ...producerEnv(), ...certified }));
    expect((await send(over, '13800000006')).status).toBe(202);
    await waitUntil('it is handed over', () => handed('13800000006'));
  });

  it('have logged no secret', () => {
    const said = [
      ...processes.map(({ log }) => JSON.stringify(log)),
      ...commands.map(({ stdout, stderr }) => stdout + stderr),
    ].join('\n');
    const keyLines = client.key.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
    const own = [...Object.values(PASSWORDS), new URL(postgres.url).password, apiKey.split('.')[1] as string];
    expect(own.every((secret) => secret.length > 8)).toBe(true);
    expect([...own, ...keyLines].filter((secret) => said.includes(secret))).toEqual([]);
    expect(processes.every(({ log }) => log.length > 0)).toBe(true);
  });
});
