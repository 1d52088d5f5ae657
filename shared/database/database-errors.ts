import { DATABASE_TLS_VARIABLES } from '../config/database-variables';
import type { ErrorCode } from '../error-codes';
import { BridgeError } from '../errors';
import { explainTls, toPlainReason } from '../tls/explain-tls';
import { toPostgresPlace } from './database-place';
import { toOracleError } from './oracle/oracle-errors';

type DriverError = {
  readonly code?: string;
  readonly message?: string;
  readonly constraint?: string;
  readonly column?: string;
  readonly table?: string;
  /** Context of PL/pgSQL. */
  readonly where?: string;
  readonly name?: string;
};

type Translation = { readonly pattern: RegExp; readonly code: ErrorCode; readonly retryable: boolean };

/**
 * Maps driver codes to those of the bridge; the first match wins. SQLSTATE classes: PostgreSQL
 * manual, appendix A. Node's socket codes arrive unchanged.
 */
const TRANSLATIONS: readonly Translation[] = [
  { pattern: /^40P01$/, code: 'DB_DEADLOCK', retryable: true },
  { pattern: /^40001$/, code: 'DB_SERIALIZATION', retryable: true },
  { pattern: /^55P03$/, code: 'DB_LOCKED', retryable: true },
  { pattern: /^57014$/, code: 'DB_TIMEOUT', retryable: true },
  { pattern: /^53(100|200|400)$/, code: 'DB_FULL', retryable: true },
  { pattern: /^(08|57P|53300|25P03|25P04)/, code: 'DB_UNAVAILABLE', retryable: true },
  { pattern: /^23505$/, code: 'DB_UNIQUE', retryable: false },
  { pattern: /^(22|23)/, code: 'DB_DATA', retryable: false },
  { pattern: /^42501$/, code: 'DB_DENIED', retryable: false },
  { pattern: /^(42P01|42703|3F000|42883)$/, code: 'DB_SCHEMA', retryable: false },
  { pattern: /^3D000$/, code: 'DB_UNAVAILABLE', retryable: true },
  {
    pattern: /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/,
    code: 'DB_UNAVAILABLE',
    retryable: true,
  },
];

const CONNECTION_TEXT =
  /connection terminated|timeout expired|timeout exceeded when trying to connect|Connection ended|connection is closed|not queryable|Timeout acquiring a connection|aborted|Connection lost/i;

const NO_PASSWORD =
  'the server asks for a password, and DATABASE_URL has none; put it there, or set DATABASE_PASSWORD or DATABASE_PASSWORD_FILE';
const NO_ANSWER = ': nothing at the address in DATABASE_URL answers as a database does';

/** A host name with several addresses fails with an error for each, and no message of its own. */
const unreachable = (code: string, error: unknown, message: string): string => {
  if (!/^(E[A-Z]+)$/.test(code)) return message;
  const each = (error as { readonly errors?: readonly Error[] } | null)?.errors ?? [];
  return `the database cannot be reached: ${message || each.map((one) => one.message).join(', ')}`;
};

/** Explains what must change so that PostgreSQL accepts the account; undefined otherwise. */
const explainRefusal = (
  code: string,
  message: string,
): { readonly code: ErrorCode; readonly text: string } | undefined => {
  if (!code.startsWith('28')) return undefined;
  if (/no pg_hba\.conf entry.*no encryption/.test(message))
    return {
      code: 'DB_SETTINGS',
      text: 'the server refuses unencrypted connections from this account; set DATABASE_TLS=true',
    };
  if (/client certificate|certificate authentication/.test(message))
    return {
      code: 'DB_SETTINGS',
      text: 'set DATABASE_TLS=true, and DATABASE_TLS_CERT_FILE and DATABASE_TLS_KEY_FILE to one that the server trusts',
    };
  if (/no pg_hba\.conf entry/.test(message))
    return {
      code: 'DB_LOGIN',
      text: 'user or database of DATABASE_URL is wrong, or pg_hba.conf must let it in from here',
    };
  return {
    code: 'DB_LOGIN',
    text: 'user or password is wrong (DATABASE_URL, DATABASE_PASSWORD or their _FILE, which are read when the process starts), or the account is locked',
  };
};

/**
 * Returns the error when a setting, a certificate or an account causes it. It is retryable, because
 * an administrator may correct it on the server meanwhile.
 */
const toSettingsError = (code: string, message: string, cause: unknown): BridgeError | undefined => {
  if (/client password must be a (non-empty )?string/.test(message))
    return new BridgeError('DB_LOGIN', NO_PASSWORD, { retryable: true, cause });
  const tls = /^[0-9A-Z]{5}$/.test(code) ? undefined : explainTls(`${code} ${message}`, DATABASE_TLS_VARIABLES);
  const refusal = explainRefusal(code, message);
  if (tls === undefined && refusal === undefined) return undefined;
  const ours = refusal?.code ?? (tls?.lasting ? 'DB_SETTINGS' : 'DB_UNAVAILABLE');
  const original = `${toPlainReason(message)}${code ? ` [${code}]` : ''}`;
  return new BridgeError(ours, `${original}: ${refusal?.text ?? tls?.text}`, { retryable: true, cause });
};

/**
 * Converts an error of a driver or of knex to a BridgeError (DB_…) whose message contains no bound
 * values. Returns other errors unchanged.
 */
export const toDatabaseError = (error: unknown): Error => {
  if (error instanceof BridgeError) return error;
  const oracle = toOracleError(error);
  if (oracle !== undefined) return oracle;
  const driverError = (error ?? {}) as DriverError;
  const { code = '', message = '', constraint, column, name = '' } = driverError;
  const place = toPostgresPlace(driverError);
  const settings = toSettingsError(code, message, error);
  if (settings !== undefined) return settings;
  const isDriverError =
    /^[0-9A-Z]{5}$/.test(code) || /^E[A-Z_]+$/.test(code) || CONNECTION_TEXT.test(message) || /^Knex/.test(name);
  if (!isDriverError) return error instanceof Error ? error : new Error(String(error));
  const found = TRANSLATIONS.find(({ pattern }) => pattern.test(code));
  const connection = found === undefined && (CONNECTION_TEXT.test(message) || /^KnexTimeout/.test(name));
  const where = [
    constraint && `constraint ${constraint}`,
    column && `column ${column}`,
    place?.routine && `raised by ${place.routine}`,
  ]
    .filter(Boolean)
    .join(', ');
  return new BridgeError(
    found?.code ?? (connection ? 'DB_UNAVAILABLE' : 'DB_ERROR'),
    `${unreachable(code, error, message)}${message === 'timeout expired' ? NO_ANSWER : ''}${where ? ` (${where})` : ''} [${code || name}]`,
    {
      retryable: found?.retryable ?? connection,
      cause: error,
      ...(place === undefined ? {} : { place }),
    },
  );
};
