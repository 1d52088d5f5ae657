import { type BridgeWorld, createBridgeWorld, manyMessages } from '../support/bridge-world';
import { handedMessages } from '../support/handed-messages';
import { call } from '../support/http-call';
import { type CliResult, runCli } from '../support/run-cli';
import { createSecrets } from '../support/secured-servers';
import { isAtLeast, type LogLine, type ServiceProcess } from '../support/service-process';
import { onStandIn } from '../support/test-engines';
import { testBrokers } from '../support/test-kafka';
import { openTlsProxy } from '../support/tls-proxy';
import { waitUntil } from '../support/wait-until';

type Env = Readonly<Record<string, string>>;
type FatalLine = LogLine & { readonly err: { readonly code: string; readonly message: string } };

const HOST = '127.0.0.1';
const WAIT_MS = 120_000;

const secrets = createSecrets();
const { authority, stranger, file } = secrets;
const client = authority.issue({ name: 'relay' });
const known = { DATABASE_TLS: 'true', DATABASE_TLS_CA_FILE: secrets.ca };

/**
 * The services on an Oracle with TCPS; services-secured.test.ts has them on a PostgreSQL with TLS.
 */
onStandIn('services on an Oracle with TCPS', () => {
  let world: BridgeWorld;
  /** The relay's address without TLS. */
  let plain: URL;
  const listeners = {} as Record<'secured' | 'mutual' | 'misnamed', Awaited<ReturnType<typeof openTlsProxy>>>;
  const said: string[] = [];
  const processes: ServiceProcess[] = [];

  /** Its password is in a file. */
  const env = (listener: keyof typeof listeners | 'plain', more: Env = {}): Env => {
    const { username, password } = plain;
    const port = listener === 'plain' ? plain.port : listeners[listener].port;
    return {
      DATABASE_URL: Object.assign(new URL(plain), { username, password: '', port: String(port) }).href,
      DATABASE_PASSWORD_FILE: file('password', `${password}\n`),
      ...more,
    };
  };
  const start = (more: Env): ServiceProcess => {
    const relay = world.start('exchange-relay', { LOG_LEVEL: 'trace', ...more });
    processes.push(relay);
    return relay;
  };
  const doctor = async (more: Env): Promise<CliResult> => {
    const kafka = { KAFKA_BROKERS: testBrokers(), TOPIC_PREFIX: world.prefix, TZ: 'UTC' };
    const result = await runCli(['doctor', '--json'], { env: { ...kafka, ...more } });
    said.push(result.stdout, result.stderr);
    return result;
  };
  const lastWords = (service: ServiceProcess): Promise<FatalLine> =>
    waitUntil('its last words', () => service.log.find((line) => isAtLeast('fatal', line)) as FatalLine | undefined);
  const publish = (id: string): Promise<void> => world.publish(manyMessages(id, 1));
  const handed = (id: string): Promise<unknown> =>
    waitUntil(
      () => `${id} is handed over; ${JSON.stringify(processes.at(-1)?.log.slice(-5))}`,
      async () => (await handedMessages(world.database.run)).includes(`${id}-0`),
      WAIT_MS,
    );
  const handOver = async (id: string): Promise<void> => {
    await publish(id);
    await handed(id);
  };
  const problemsOf = async (port: number): Promise<string> =>
    JSON.stringify((await call(`http://${HOST}:${port}`, '/health/ready')).body.problems ?? {});

  beforeAll(async () => {
    world = await createBridgeWorld({ engine: 'oracledb' });
    plain = new URL((await world.database.login('sms_relay', 'SECURED')).url);
    const target = { host: plain.hostname, port: Number(plain.port) };
    const here = () => authority.issue({ name: 'db', host: HOST });
    listeners.secured = await openTlsProxy(target, here());
    listeners.mutual = await openTlsProxy(target, here(), authority.cert);
    listeners.misnamed = await openTlsProxy(target, authority.issue({ name: 'db', host: 'db.example' }));
  });
  afterAll(async () => {
    await world.close();
    for (const listener of Object.values(listeners)) await listener.close();
    secrets.remove();
  });

  const CASES: readonly (readonly [string, () => Env, RegExp])[] = [
    ['no TLS where the port speaks it', () => env('secured'), /DATABASE_TLS=true/],
    ['TLS where the port does not speak it', () => env('plain', known), /DATABASE_TLS=false/],
    [
      'an unknown authority',
      () => env('secured', { ...known, DATABASE_TLS_CA_FILE: secrets.otherCa }),
      /DATABASE_TLS_CA_FILE must name/,
    ],
    ['a certificate for another host', () => env('misnamed', known), /DATABASE_URL .*must use a name/],
    ['no client certificate', () => env('mutual', known), /DATABASE_TLS_CERT_FILE and DATABASE_TLS_KEY_FILE/],
    [
      'a wrong password',
      () => env('secured', { ...known, DATABASE_PASSWORD_FILE: file('wrong', 'not-this-one\n') }),
      /DATABASE_PASSWORD or their _FILE.*ORA-01017/,
    ],
  ];

  it.each(CASES)(
    'end at once with exit code 1 and the remedy for %s, and the doctor agrees',
    async (_, change, text) => {
      const relay = start({ INSTANCE_ID: 'misled', ...change() });
      const [code, found] = await Promise.all([relay.exit, doctor(change())]);
      expect(code).toBe(1);
      expect((await lastWords(relay)).err.message).toMatch(text);
      expect(JSON.stringify(relay.log.find((line) => isAtLeast('warn', line)))).toMatch(text);
      const finding = found.json().find(({ check }) => check === 'database: connection');
      expect([found.code, finding?.state, finding?.detail]).toEqual([1, 'failed', expect.stringMatching(text)]);
    },
  );

  it('hand messages over, and wait while the certificate has an unknown authority', async () => {
    const relay = start(env('secured', known));
    const port = await relay.ready(WAIT_MS);
    await handOver('encrypted');
    listeners.secured.install(stranger.issue({ name: 'db', host: HOST }));
    listeners.secured.cut();
    await publish('waited');
    await waitUntil('ready gives the reason', async () =>
      /DATABASE_TLS_CA_FILE must name/.test(await problemsOf(port)),
    );
    listeners.secured.install(authority.issue({ name: 'db', host: HOST }));
    await handed('waited');
    await waitUntil('it is ready', async () => (await problemsOf(port)) === '{}');
    expect(await relay.stop()).toBe(0);
  });

  it('wait when the database refuses the password later, because retries would lock the account, and continue after a restart', async () => {
    const setPassword = (text: string) =>
      world.database.dba?.oracle.execute(`ALTER USER ${plain.username} IDENTIFIED BY "${text}"`);
    const relay = start(env('secured', known));
    const port = await relay.ready(WAIT_MS);
    // Without it the relay might still load its offset rows, and a refused login then ends it.
    await handOver('let-in');
    await setPassword('another-one');
    listeners.secured.cut();
    await publish('locked-out');
    await waitUntil('ready gives the reason', async () =>
      /DATABASE_PASSWORD or their _FILE.*ORA-01017.*not tried again/.test(await problemsOf(port)),
    );
    await setPassword(plain.password);
    expect(await relay.stop()).toBe(0);
    expect(await handedMessages(world.database.run)).not.toContain('locked-out-0');
    const next = start(env('secured', known));
    await handed('locked-out');
    expect(await next.stop()).toBe(0);
  });

  it.each([
    [
      'files',
      () => ({
        ...known,
        DATABASE_TLS_CERT_FILE: file('c.crt', client.cert),
        DATABASE_TLS_KEY_FILE: file('c.key', client.key),
      }),
    ],
    [
      'a wallet',
      () => ({
        DATABASE_TLS: 'true',
        ORACLE_WALLET_FILE: file('wallet.pem', authority.cert + client.key + client.cert),
      }),
    ],
  ])('log in with a client certificate in %s where the port requires one', async (name, tls) => {
    const relay = start(env('mutual', tls()));
    await relay.ready(WAIT_MS);
    await handOver(name.replace(' ', '-'));
    expect(await relay.stop()).toBe(0);
  });

  it('have logged no secret', () => {
    const all = [...said, ...processes.map(({ log }) => JSON.stringify(log))].join('\n');
    const keyLines = client.key.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
    expect(['not-this-one', ...keyLines].filter((secret) => all.includes(secret))).toEqual([]);
    expect(processes.every(({ log }) => log.length > 0)).toBe(true);
  });
});
