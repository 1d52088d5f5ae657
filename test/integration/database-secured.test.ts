import { createServer, type Server } from 'node:net';
import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import type { TlsSettings } from '../../shared/tls/read-pem';
import { freePort } from '../support/own-server';
import { createSecrets, startSecuredPostgres } from '../support/secured-servers';
import { waitUntil } from '../support/wait-until';

type Change = Partial<Pick<URL, 'username' | 'password' | 'hostname' | 'port'>>;

const secrets = createSecrets();
const { authority, stranger } = secrets;
const known = { ca: authority.cert };

/** Oracle's TCPS is tested in oracle-secured.test.ts. */
describe('a PostgreSQL with TLS', () => {
  let server: Awaited<ReturnType<typeof startSecuredPostgres>>;
  let owner: Database;
  /** Accepts connections and never answers. */
  let mute: Server;
  let mutePort: number;

  const open = (change: Change, tls: TlsSettings | undefined): Database => {
    const url = Object.assign(new URL(server.url), change);
    return openDatabase({
      url: url.href,
      applicationName: 'test',
      poolMax: 3,
      statementTimeoutMs: 5_000,
      ...(tls === undefined ? {} : { tls }),
    });
  };
  /** Returns the server's view of this session's encryption. */
  const look = async (change: Change, tls: TlsSettings | undefined) => {
    const db = open(change, tls);
    try {
      const { rows } = await db.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
      return rows;
    } finally {
      await db.close();
    }
  };
  const certified = { username: 'certified', password: 'own' };

  beforeAll(async () => {
    server = await startSecuredPostgres(secrets);
    owner = open({}, known);
    await owner.query("CREATE ROLE certified LOGIN PASSWORD 'own'");
    mutePort = await freePort();
    mute = createServer((socket) => void socket.on('error', () => undefined)).listen(mutePort, '127.0.0.1');
  }, 60_000);
  afterAll(async () => {
    mute?.close();
    await owner?.close();
    await server?.stop();
    secrets.remove();
  });

  it('encrypts sessions with and without a client certificate', async () => {
    expect(await look({}, known)).toEqual([{ ssl: true }]);
    expect(await look(certified, { ...known, ...authority.issue({ name: 'certified' }) })).toEqual([{ ssl: true }]);
  });

  it.each<[string, Change, TlsSettings | undefined, string, RegExp]>([
    ['no encryption', {}, undefined, 'DB_SETTINGS', /DATABASE_TLS=true/],
    ['a wrong password', { password: 'wrong' }, known, 'DB_LOGIN', /DATABASE_PASSWORD/],
    ['an unknown user', { username: 'unknown' }, known, 'DB_LOGIN', /DATABASE_URL/],
    ['no authority', {}, {}, 'DB_SETTINGS', /DATABASE_TLS_CA_FILE/],
    ['another authority', {}, { ca: stranger.cert }, 'DB_SETTINGS', /DATABASE_TLS_CA_FILE/],
    ['another host name', { hostname: 'localhost' }, known, 'DB_SETTINGS', /host name; DATABASE_URL/],
    ['no client certificate', certified, known, 'DB_SETTINGS', /DATABASE_TLS_CERT_FILE/],
    [
      "another authority's client certificate",
      certified,
      { ...known, ...stranger.issue({ name: 'certified' }) },
      'DB_SETTINGS',
      /DATABASE_TLS_CERT_FILE/,
    ],
    [
      'TLS where the server has none',
      { port: new URL(process.env.TEST_DATABASE_URL as string).port },
      known,
      'DB_SETTINGS',
      /DATABASE_TLS=false/,
    ],
  ])('refuses %s, and the error names the remedy', async (_, change, tls, code, text) => {
    const error = await look(change, tls).catch((problem: unknown) => problem);
    expect(error).toMatchObject({ code, retryable: true, message: expect.stringMatching(text) });
    expect((error as Error).message).not.toContain(new URL(server.url).password);
  });

  it('gives up a silent server after five seconds', async () => {
    await expect(look({ port: String(mutePort) }, known)).rejects.toMatchObject({
      code: 'DB_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('DATABASE_URL'),
    });
  });

  it('notices a certificate that expires or has another authority at the next connection', async () => {
    for (const [certificate, text] of [
      [authority.issue({ name: 'postgres', host: '127.0.0.1', expired: true }), /has expired.*new certificate/],
      [stranger.issue({ name: 'postgres', host: '127.0.0.1' }), /DATABASE_TLS_CA_FILE/],
    ] as const) {
      server.install(certificate);
      // the open connection continues
      await owner.query('SELECT pg_reload_conf()');
      // the server reloads a moment later
      const error = await waitUntil('the new certificate is refused', () =>
        look({}, known).then(
          () => undefined,
          (problem: Error) => text.test(problem.message) && problem,
        ),
      );
      expect(error).toMatchObject({ code: 'DB_SETTINGS' });
    }
  });
});
