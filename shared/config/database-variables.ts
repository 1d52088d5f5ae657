import { BridgeError } from '../errors';
import { loadExchangeMapping } from '../exchange/exchange-mapping';
import { toZone } from '../exchange/time-zone';
import type { TlsVariables } from '../tls/explain-tls';
import { readTls, type TlsSettings } from '../tls/read-pem';
import { readWallet } from '../tls/read-wallet';
import { findUrlProblem } from './address-problems';
import type { ConfigOf } from './define-config';
import { type ConfigCheck, flag, integer, optional, refined, text } from './define-config';

/** Variables of every process that uses the database. */
export const databaseVariables = {
  DATABASE_URL: refined(
    text({
      doc: 'postgres://user:password@host:port/database or oracle://user:password@host:port/service, with the least-privilege account of this service.',
      secret: true,
    }),
    findUrlProblem,
  ),
  DATABASE_PASSWORD: optional(text({ doc: 'Password, when it is not in DATABASE_URL.', secret: true })),
  DATABASE_POOL_MAX: integer({ doc: 'Most connections this process opens.', default: '6', min: 3, max: 100 }),
  DATABASE_STATEMENT_TIMEOUT_MS: integer({
    doc: 'A statement that runs longer is cancelled, and its work is repeated.',
    default: '60000',
    min: 1000,
  }),
  DATABASE_TLS: flag({ doc: 'Encrypt the connections to the database and verify its certificate.', default: 'false' }),
  DATABASE_TLS_CA_FILE: optional(
    text({ doc: 'PEM file with the certificate authority of the database; unset: those that Node.js trusts.' }),
  ),
  DATABASE_TLS_CERT_FILE: optional(
    text({ doc: 'PEM file with a client certificate, if the database requires one besides the password.' }),
  ),
  DATABASE_TLS_KEY_FILE: optional(
    text({ doc: 'PEM file with the key of the client certificate, without a passphrase.' }),
  ),
  ORACLE_CONNECT_STRING: optional(
    text({
      doc: 'Oracle: a TNS alias, host:port/service or a whole descriptor, where DATABASE_URL (then oracle://user@-) does not name it.',
    }),
  ),
  TNS_ADMIN: optional(text({ doc: 'Oracle: the directory of tnsnames.ora, where a TNS alias is used.' })),
  ORACLE_WALLET_FILE: optional(
    text({
      doc: 'Oracle, with DATABASE_TLS: a wallet in PEM (ewallet.pem, or its directory) in place of the DATABASE_TLS_…_FILEs.',
    }),
  ),
  ORACLE_WALLET_PASSWORD: optional(text({ doc: 'Oracle: opens the private key in the wallet.', secret: true })),
  ORACLE_STATEMENT_CACHE: integer({
    doc: "Oracle: statements that each session keeps open; the server's open_cursors must be at least 50 more.",
    default: '100',
    max: 1000,
  }),
  EXCHANGE_FILE: optional(
    text({
      doc: 'JSON file with the names of the exchange tables, their columns and status codes, where they differ from the defaults.',
    }),
  ),
};

type DatabaseConfig = ConfigOf<typeof databaseVariables>;

/** Names of the settings, for messages about TLS. */
export const DATABASE_TLS_VARIABLES: TlsVariables = {
  tls: 'DATABASE_TLS',
  ca: 'DATABASE_TLS_CA_FILE',
  cert: 'DATABASE_TLS_CERT_FILE',
  key: 'DATABASE_TLS_KEY_FILE',
  address: 'DATABASE_URL',
};

/**
 * Refuses TLS parameters in the URL. The driver would let them override DATABASE_TLS:
 * `sslmode=disable` would switch off encryption, `no-verify` the check of the certificate.
 */
const refuseTlsInUrl = ({ DATABASE_URL: url }: DatabaseConfig): void => {
  const found = /^postgres/i.test(url) ? /[?&](ssl[a-z]*)=/i.exec(url)?.[1] : undefined;
  if (found === undefined) return;
  throw new BridgeError(
    'CONFIG_INVALID',
    `DATABASE_URL: holds ${found}; take it out and set DATABASE_TLS (true or false) and DATABASE_TLS_CA_FILE instead`,
  );
};

/** Reads either the wallet or the PEM files. */
const toTls = (config: DatabaseConfig): TlsSettings | undefined => {
  const files = {
    caFile: config.DATABASE_TLS_CA_FILE,
    certFile: config.DATABASE_TLS_CERT_FILE,
    keyFile: config.DATABASE_TLS_KEY_FILE,
  };
  const wallet = config.ORACLE_WALLET_FILE;
  if (wallet === undefined) return readTls('DATABASE_TLS', { enabled: config.DATABASE_TLS, ...files });
  if (!config.DATABASE_URL.startsWith('oracle:'))
    throw new BridgeError('CONFIG_INVALID', 'ORACLE_WALLET_FILE: is set, but DATABASE_URL is not oracle://…');
  if (!config.DATABASE_TLS)
    throw new BridgeError(
      'CONFIG_INVALID',
      'DATABASE_TLS: is not true, but ORACLE_WALLET_FILE is set; set DATABASE_TLS=true',
    );
  if (Object.values(files).some((file) => file !== undefined))
    throw new BridgeError(
      'CONFIG_INVALID',
      'ORACLE_WALLET_FILE: set either the wallet or the DATABASE_TLS_…_FILEs, not both',
    );
  return readWallet(wallet, config.ORACLE_WALLET_PASSWORD);
};

/**
 * Reads the exchange file.
 * @throws BridgeError EXCHANGE_FILE_INVALID
 */
const readMapping = (config: DatabaseConfig) => loadExchangeMapping(config.EXCHANGE_FILE);

/** What concerns several variables, or a file that one of them names. */
export const databaseChecks: readonly ConfigCheck<DatabaseConfig>[] = [
  { of: ['DATABASE_URL'], check: refuseTlsInUrl },
  { of: ['DATABASE_URL', 'DATABASE_TLS', 'ORACLE_WALLET_PASSWORD'], check: toTls },
  { of: ['EXCHANGE_FILE'], check: readMapping },
];

/**
 * Returns the settings of `openDatabase`. Reads the PEM files, and the province's time zone from
 * the exchange file.
 * @throws BridgeError CONFIG_INVALID, EXCHANGE_FILE_INVALID
 */
export const toDatabaseSettings = (config: DatabaseConfig, applicationName: string) => {
  refuseTlsInUrl(config);
  const tls = toTls(config);
  return {
    url: config.DATABASE_URL,
    applicationName,
    poolMax: config.DATABASE_POOL_MAX,
    statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    oracleStatementCache: config.ORACLE_STATEMENT_CACHE,
    timeZone: toZone(readMapping(config).timeZone).postgres,
    ...(config.DATABASE_PASSWORD === undefined ? {} : { password: config.DATABASE_PASSWORD }),
    ...(config.ORACLE_CONNECT_STRING === undefined ? {} : { oracleConnectString: config.ORACLE_CONNECT_STRING }),
    ...(config.TNS_ADMIN === undefined ? {} : { oracleConfigDir: config.TNS_ADMIN }),
    ...(tls === undefined ? {} : { tls }),
  };
};
