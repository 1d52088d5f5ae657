import { readFileSync } from 'node:fs';
import type { ConfigOf } from './define-config';
import { flag, integer, optional, text } from './define-config';

/** Variables of every process that speaks to the database. */
export const databaseVariables = {
  DATABASE_URL: text({
    doc: 'postgres://user:password@host:port/database, with the least-privilege account of this service.',
    secret: true,
  }),
  DATABASE_PASSWORD: optional(text({ doc: 'Password, when it is not in DATABASE_URL.', secret: true })),
  DATABASE_POOL_MAX: integer({ doc: 'Most connections this process opens.', default: '6', min: 3, max: 100 }),
  DATABASE_STATEMENT_TIMEOUT_MS: integer({
    doc: 'A statement that runs longer is cancelled and its work done again.',
    default: '60000',
    min: 1000,
  }),
  DATABASE_TLS: flag({ doc: 'Encrypt the connections to the database and verify its certificate.', default: 'false' }),
  DATABASE_TLS_CA_FILE: optional(text({ doc: 'PEM file with the certificate authority of the database.' })),
  ORACLE_CONNECT_STRING: optional(
    text({
      doc: 'Oracle (docs/oracle.md: no service runs on it yet): a descriptor or TNS alias, in place of what DATABASE_URL (oracle://user:password@host:port/service) names.',
    }),
  ),
  EXCHANGE_FILE: optional(
    text({
      doc: 'JSON file with the names of the exchange tables, their columns and status codes, where they differ from the defaults.',
    }),
  ),
};

type DatabaseConfig = ConfigOf<typeof databaseVariables>;

/** What `openDatabase` needs, from the environment's values; reads the PEM file. */
export const toDatabaseSettings = (config: DatabaseConfig, applicationName: string) => ({
  url: config.DATABASE_URL,
  applicationName,
  poolMax: config.DATABASE_POOL_MAX,
  statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
  ...(config.DATABASE_PASSWORD === undefined ? {} : { password: config.DATABASE_PASSWORD }),
  ...(config.ORACLE_CONNECT_STRING === undefined ? {} : { oracleConnectString: config.ORACLE_CONNECT_STRING }),
  ...(config.DATABASE_TLS
    ? {
        tls: config.DATABASE_TLS_CA_FILE === undefined ? {} : { ca: readFileSync(config.DATABASE_TLS_CA_FILE, 'utf8') },
      }
    : {}),
});
