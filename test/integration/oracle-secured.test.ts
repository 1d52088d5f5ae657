import { createPrivateKey } from 'node:crypto';
import { openTestOracle, type TestOracle } from '../../oracle-stand-in/test-oracle';
import { databaseVariables, toDatabaseSettings } from '../../shared/config/database-variables';
import { defineConfig, loadConfig } from '../../shared/config/define-config';
import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { createSecrets } from '../support/secured-servers';

jest.setTimeout(120_000);

const LISTENERS = ['plain', 'secured', 'mutual', 'misnamed', 'expired'] as const;
type Listener = (typeof LISTENERS)[number];

const secrets = createSecrets();
const { authority, stranger, file } = secrets;
const issued = (name: string, by = authority) => {
  const { cert, key } = by.issue({ name });
  return {
    DATABASE_TLS_CERT_FILE: file(`${name}.crt`, cert),
    DATABASE_TLS_KEY_FILE: file(`${name}.key`, key),
  };
};
const known = { DATABASE_TLS: 'true', DATABASE_TLS_CA_FILE: secrets.ca };
const mine = issued('relay');
const foreign = issued('stranger', stranger);

const encrypt = (key: string, passphrase: string): string =>
  createPrivateKey(key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString();

/** Returns a wallet as `openssl pkcs12` writes it, its key encrypted or not. */
const wallet = (name: string, password?: string): string => {
  const own = authority.issue({ name });
  const key = password === undefined ? own.key : encrypt(own.key, password);
  return file(`${name}.pem`, `Bag Attributes\n    friendlyName: ${name}\n${authority.cert}${key}${own.cert}`);
};

describe('an Oracle with TCPS (a TLS proxy in front of the stand-in, and the unmodified driver)', () => {
  const servers = {} as Record<Listener, TestOracle>;

  /** Opens a database as a process does: by its environment. */
  const open = (listener: Listener, env: Readonly<Record<string, string>>): Database =>
    openDatabase(
      toDatabaseSettings(
        loadConfig(defineConfig('test', 'test', databaseVariables), {
          DATABASE_URL: `oracle://YJSMS:secret@127.0.0.1:${servers[listener].port}/STANDIN${env.PARAMETERS ?? ''}`,
          ...env,
        }),
        'exchange-relay relay-1',
      ),
    );
  const look = async (listener: Listener, env: Readonly<Record<string, string>>) => {
    const db = open(listener, env);
    try {
      const { rows } = await db.oracle.execute(
        `SELECT SYS_CONTEXT('USERENV', 'NETWORK_PROTOCOL') AS PROTOCOL FROM DUAL`,
      );
      return rows;
    } finally {
      await db.close();
    }
  };
  const descriptor = (listener: Listener, protocol: string): string =>
    `(DESCRIPTION=(ADDRESS=(PROTOCOL=${protocol})(HOST=127.0.0.1)(PORT=${servers[listener].port}))(CONNECT_DATA=(SERVICE_NAME=STANDIN)))`;

  beforeAll(async () => {
    const here = authority.issue({ name: 'db', host: '127.0.0.1' });
    const listeners: Record<Listener, Parameters<typeof openTestOracle>[0]> = {
      plain: {},
      secured: { tls: here },
      mutual: { tls: { ...here, ca: authority.cert, requestCert: true } },
      misnamed: { tls: authority.issue({ name: 'db', host: 'db.example' }) },
      expired: { tls: authority.issue({ name: 'db', host: '127.0.0.1', expired: true }) },
    };
    for (const listener of LISTENERS) servers[listener] = await openTestOracle(listeners[listener]);
  });
  afterAll(async () => {
    for (const listener of LISTENERS) await servers[listener]?.drop();
    secrets.remove();
  });

  it.each<[string, Listener, Readonly<Record<string, string>>]>([
    ['a private authority', 'secured', known],
    ['a client certificate', 'mutual', { ...known, ...mine }],
    ["a subject that is not the host's name", 'misnamed', { ...known, PARAMETERS: '?ssl_server_cert_dn="CN=db"' }],
    ['a wallet', 'mutual', { DATABASE_TLS: 'true', ORACLE_WALLET_FILE: wallet('open') }],
    [
      'a wallet with a password from a file',
      'mutual',
      {
        DATABASE_TLS: 'true',
        ORACLE_WALLET_FILE: wallet('locked', 'walnut'),
        ORACLE_WALLET_PASSWORD_FILE: file('walnut', 'walnut\n'),
      },
    ],
    ['a wallet of authorities only', 'secured', { DATABASE_TLS: 'true', ORACLE_WALLET_FILE: secrets.ca }],
  ])('encrypts, with %s', async (_, listener, env) => {
    expect(await look(listener, env)).toEqual([{ protocol: 'tcps' }]);
    expect(servers[listener].logins().every(({ protocol }) => protocol === 'tcps')).toBe(true);
  });

  it('encrypts by a descriptor, and by a TNS alias', async () => {
    const text = descriptor('secured', 'TCPS');
    file('tnsnames.ora', `SMS =\n  ${text}\n`);
    const password = file('password', 'secret\n');
    const without = { ...known, DATABASE_PASSWORD_FILE: password };
    for (const env of [
      { DATABASE_URL: 'oracle://YJSMS@-', ORACLE_CONNECT_STRING: text },
      { DATABASE_URL: 'oracle://YJSMS@sms', TNS_ADMIN: secrets.directory },
    ]) {
      expect(await look('secured', { ...without, ...env })).toEqual([{ protocol: 'tcps' }]);
    }
    expect(() => open('plain', { ...known, ORACLE_CONNECT_STRING: descriptor('plain', 'TCP') })).toThrow(
      /^DATABASE_TLS: is true, but the descriptor has an ADDRESS without PROTOCOL=TCPS/,
    );
  });

  it.each<[string, Listener, Readonly<Record<string, string>>, string, RegExp]>([
    ['no authority', 'secured', { DATABASE_TLS: 'true' }, 'DB_SETTINGS', /DATABASE_TLS_CA_FILE/],
    [
      'another authority',
      'secured',
      { ...known, DATABASE_TLS_CA_FILE: secrets.otherCa },
      'DB_SETTINGS',
      /DATABASE_TLS_CA_FILE/,
    ],
    ['another host name', 'misnamed', known, 'DB_SETTINGS', /\[NJS-508\].*DATABASE_URL.*SSL_SERVER_CERT_DN/],
    [
      'another subject',
      'misnamed',
      { ...known, PARAMETERS: '?ssl_server_cert_dn="CN=other"' },
      'DB_SETTINGS',
      /\[NJS-507\].*SSL_SERVER_CERT_DN/,
    ],
    ['an expired certificate', 'expired', known, 'DB_SETTINGS', /has expired.*new certificate/],
    ['no client certificate', 'mutual', known, 'DB_UNAVAILABLE', /DATABASE_TLS_CERT_FILE.*ORACLE_WALLET_FILE/],
    [
      "another authority's client certificate",
      'mutual',
      { ...known, ...foreign },
      'DB_UNAVAILABLE',
      /client certificate.*DATABASE_TLS_CERT_FILE/,
    ],
    ['no TLS on a TLS port', 'secured', {}, 'DB_UNAVAILABLE', /DATABASE_TLS=true/],
    ['TLS on a plain port', 'plain', known, 'DB_UNAVAILABLE', /DATABASE_TLS=false/],
  ])('refuses %s, and the error names the remedy', async (_, listener, env, code, text) => {
    const error = await look(listener, env).catch((problem: unknown) => problem);
    expect(error).toMatchObject({ code, retryable: true, message: expect.stringMatching(text) });
    expect((error as Error).message).not.toContain('secret');
  });

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['a wallet without DATABASE_TLS', { ORACLE_WALLET_FILE: 'x' }, /^DATABASE_TLS: is not true/],
    ['a wallet and files', { ...known, ORACLE_WALLET_FILE: 'x' }, /^ORACLE_WALLET_FILE: set either/],
    ['no wallet', { DATABASE_TLS: 'true', ORACLE_WALLET_FILE: '/no/such' }, /^ORACLE_WALLET_FILE: cannot read/],
    [
      'a wallet of another kind',
      { DATABASE_TLS: 'true', ORACLE_WALLET_FILE: file('cwallet.sso', '\u00a1\u00f8N') },
      /holds no certificate/,
    ],
    [
      'a locked wallet',
      { DATABASE_TLS: 'true', ORACLE_WALLET_FILE: wallet('locked-2', 'walnut') },
      /is encrypted; set ORACLE_WALLET_PASSWORD/,
    ],
    [
      'a wrong password',
      { DATABASE_TLS: 'true', ORACLE_WALLET_FILE: wallet('locked-3', 'walnut'), ORACLE_WALLET_PASSWORD: 'hazel' },
      /does not open with ORACLE_WALLET_PASSWORD/,
    ],
    [
      'a client certificate without an authority',
      { DATABASE_TLS: 'true', ...mine },
      /^DATABASE_TLS_CA_FILE: on Oracle it must be set/,
    ],
  ])('does not start with %s', (_, env, text) => {
    expect(() => open('mutual', env)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(() => open('mutual', env)).toThrow(text);
    expect(() => open('mutual', env)).not.toThrow(/hazel|walnut/);
  });
});
