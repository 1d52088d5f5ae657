import { BridgeError } from '../errors';
import { toOracleError } from './oracle-errors';

type DriverError = {
  readonly code?: string;
  readonly message?: string;
  readonly constraint?: string;
  readonly column?: string;
  readonly name?: string;
};

type Translation = { readonly pattern: RegExp; readonly code: string; readonly retryable: boolean };

/**
 * Driver codes → ours, first match wins. SQLSTATE classes: PostgreSQL manual, appendix A. Node's own socket codes come through unchanged.
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
  // 28…: the password is wrong or the account locked; operators repair that while we wait, so it is worth another try at run time
  { pattern: /^28/, code: 'DB_LOGIN', retryable: true },
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
  /connection terminated|timeout exceeded when trying to connect|Connection ended|connection is closed|not queryable|Timeout acquiring a connection|aborted|Connection lost/i;

/** Any error of a driver or of knex as a BridgeError; a BridgeError comes back as it is. The message holds no bound values. */
export const toDatabaseError = (error: unknown): Error => {
  if (error instanceof BridgeError) return error;
  const oracle = toOracleError(error);
  if (oracle !== undefined) return oracle;
  const { code = '', message = '', constraint, column, name = '' } = (error ?? {}) as DriverError;
  const isDriverError =
    /^[0-9A-Z]{5}$/.test(code) || /^E[A-Z_]+$/.test(code) || CONNECTION_TEXT.test(message) || /^Knex/.test(name);
  if (!isDriverError) return error instanceof Error ? error : new Error(String(error));
  const found = TRANSLATIONS.find(({ pattern }) => pattern.test(code));
  const connection = found === undefined && (CONNECTION_TEXT.test(message) || /^KnexTimeout/.test(name));
  const where = [constraint && `constraint ${constraint}`, column && `column ${column}`].filter(Boolean).join(', ');
  return new BridgeError(
    found?.code ?? (connection ? 'DB_UNAVAILABLE' : 'DB_ERROR'),
    `${message}${where ? ` (${where})` : ''} [${code || name}]`,
    {
      retryable: found?.retryable ?? connection,
      cause: error,
    },
  );
};
