import { DATABASE_TLS_VARIABLES } from '../../config/database-variables';
import type { ErrorCode } from '../../error-codes';
import { BridgeError } from '../../errors';
import { explainTls, toPlainReason } from '../../tls/explain-tls';
import { toOraclePlace } from '../database-place';
import { REMEDY } from './oracle-remedies';

type Meaning = { readonly code: ErrorCode; readonly retryable: boolean };

const again = (code: ErrorCode): Meaning => ({ code, retryable: true });
const never = (code: ErrorCode): Meaning => ({ code, retryable: false });

const numbers = (meaning: Meaning, list: string): (readonly [number, Meaning])[] =>
  list.split(' ').map((number) => [Number(number), meaning]);

/**
 * Maps ORA numbers to codes of the bridge, after Oracle's "Database Error Messages". The lists of
 * lost connections come from the driver (errors.js, base.js).
 */
const ORA: ReadonlyMap<number, Meaning> = new Map([
  ...numbers(again('DB_DEADLOCK'), '60'),
  // The snapshot is too old, a MERGE found its row changed repeatedly, code was recompiled, or a
  // table was truncated or moved. Repeating the work on a new snapshot succeeds.
  ...numbers(again('DB_SERIALIZATION'), '8177 1555 22924 4061 4065 4068 1410 8103 30926'),
  ...numbers(again('DB_LOCKED'), '54 30006 4021'),
  // Includes limits of a call by a profile or the Resource Manager.
  ...numbers(again('DB_TIMEOUT'), '1013 3156 40 2393 2395'),
  // A tablespace, a quota, undo, temp, the archiver's disk or the whole container is full. 1950:
  // the account has no quota at all, which an empty table reveals only at its first row. 1658,
  // 1659: no space for the first extent of a table or of a month's partition.
  ...numbers(
    again('DB_FULL'),
    '257 1536 1628 1630 1631 1632 1650 1651 1652 1653 1654 1655 1658 1659 1683 1688 1691 1950 12953 19809 30036 65114',
  ),
  // The connection is lost.
  ...numbers(
    again('DB_UNAVAILABLE'),
    '22 28 31 41 45 378 376 600 602 603 609 1012 1014 1041 1043 1089 1090 1092 1115 2390 2392 2394 2396 2399 3113 3114 3122 3135 12153 12537 12547 ' +
      '12570 12571 12583 12757 16456 25408 25402 28511 56600',
  ),
  // Nothing listens, the instance is not open or is read-only, or it has no session left.
  ...numbers(
    again('DB_UNAVAILABLE'),
    '18 20 1033 1034 1035 1109 2391 12170 12505 12514 12516 12518 12519 12520 12526 12527 12528 12529 12535 12541 12543 12545 12560 16000 16003 27101',
  ),
  // The server runs, but has no memory or cursor for this at the moment.
  ...numbers(again('DB_UNAVAILABLE'), '1000 4030 4031 4036'),
  // An error of the server's internal work. The line below it has the reason; when that is unknown,
  // the error may be temporary.
  ...numbers(again('DB_UNAVAILABLE'), '604 12801'),
  // An index is unusable until a DBA rebuilds it, or its build was interrupted.
  ...numbers(again('DB_SCHEMA'), '1502 8104'),
  ...numbers(never('DB_UNIQUE'), '1'),
  ...numbers(
    never('DB_DATA'),
    '1400 1401 1407 1426 1438 1476 1722 1830 1839 1840 1841 1843 1847 1858 1861 2290 2291 2292 6502 12899 14400 14401 29275',
  ),
  // Retrying a wrong password would lock the account. A locked account (28000) is retried, because
  // an administrator may unlock it meanwhile.
  ...numbers(never('DB_LOGIN'), '1005 1017 28001'),
  ...numbers(again('DB_LOGIN'), '28000'),
  // 41900 replaces 1031 since 23ai.
  ...numbers(never('DB_DENIED'), '1031 1045 1720 41900'),
  // 4091, 4092: a trigger does something forbidden. 20009: a migration of the bridge does not
  // compile.
  ...numbers(
    never('DB_SCHEMA'),
    '904 942 980 1775 4043 4045 4063 4091 4092 4098 6550 2289 1418 1434 1918 1919 2014 959 20009',
  ),
  // A bind or a result is too large in the server's character set. No value causes this, so no
  // message is at fault.
  ...numbers(again('DB_SETTINGS'), '1460 1461 1489'),
  // 439: the server lacks an option such as partitioning.
  ...numbers(never('DB_SETTINGS'), '439 12154 12533'),
]);

/** Maps the driver's codes (NJS), and those of its thick mode (DPI), which is not used here. */
const DRIVER: ReadonlyMap<string, Meaning> = new Map([
  ...['NJS-003', 'NJS-500', 'NJS-501', 'NJS-503', 'NJS-510', 'NJS-511', 'NJS-513', 'NJS-518', 'NJS-519', 'NJS-521'].map(
    (code) => [code, again('DB_UNAVAILABLE')] as const,
  ),
  // The host name is unknown, the pool is exhausted, or the pool is closing.
  ...['NJS-530', 'NJS-040', 'NJS-076', 'NJS-064', 'NJS-065', 'NJS-504', 'DPI-1010', 'DPI-1080'].map(
    (code) => [code, again('DB_UNAVAILABLE')] as const,
  ),
  ...['NJS-123', 'DPI-1067'].map((code) => [code, again('DB_TIMEOUT')] as const),
  ['NJS-116', never('DB_LOGIN')],
  // A text is longer than its bind was declared. The driver detects it before the server could
  // report ORA-12899.
  ['NJS-058', never('DB_DATA')],
  // An OUT bind is smaller than its value: a programming error.
  ['NJS-016', never('DB_ERROR')],
  ...['NJS-138', 'NJS-505', 'NJS-506', 'NJS-507', 'NJS-508', 'NJS-512', 'NJS-514', 'NJS-515', 'NJS-516', 'NJS-517'].map(
    (code) => [code, never('DB_SETTINGS')] as const,
  ),
  // The driver cannot read the database's character set, its national one, or its time zone.
  ...['NJS-100', 'NJS-192', 'NJS-201'].map((code) => [code, again('DB_SETTINGS')] as const),
  ...['NJS-520', 'NJS-522', 'NJS-529', 'NJS-533'].map((code) => [code, never('DB_SETTINGS')] as const),
]);

/** Codes whose reason is in the second line of the message. */
const REASON_BELOW = /^(NJS-(503|504|511)|ORA-(00604|12801))$/;

/** Errors that wrap another one: ORA-00604 (recursive SQL), ORA-12801 (parallel query). */
const AROUND: ReadonlySet<number> = new Set([604, 12801]);

/** Returns what an error number means; of an error around another one, what the inner one means. */
const meaningOf = (number: number, message: string): Meaning | undefined => {
  const below = AROUND.has(number) ? message.match(/(?<=\nORA-)\d{5}/g)?.map(Number) : undefined;
  const known = below?.find((one) => !AROUND.has(one) && ORA.has(one));
  return ORA.get(known ?? number);
};

/** Own texts for errors whose server text may quote a value (since 23ai), in any language. */
const QUOTING: ReadonlyMap<number, string> = new Map([
  [1438, 'a number has more digits than its column'],
  [1722, 'a text is not a number'],
  ...[1830, 1839, 1840, 1841, 1843, 1847, 1858, 1861].map((number) => [number, 'a text is not a time'] as const),
]);

/** Replaces a line of the server's text that may quote values, as later releases do. */
const toSafeLine = (line: string): string => {
  const [, code = '', number] = /^(ORA-(\d+): )?/.exec(line) ?? [];
  const own = QUOTING.get(Number(number));
  return own === undefined ? line : `${code}${own}`;
};

/** Returns the first lines only: whole rows may follow (23ai: ORA-03301 below ORA-00001). */
const toSafeText = (message: string, lines = 1): string =>
  message
    .split('\n', lines)
    .map(toSafeLine)
    .join(' ')
    .replace(/^(ORA|NJS|DPI)-\d+: /, '');

/** Returns why a connection broke: the last line, with its own code or else the error's. */
const toReason = (name: string, message: string): string => {
  const last = message.slice(message.lastIndexOf('\n') + 1);
  const code = /^(ORA|NJS)-\d+/.exec(last)?.[0] ?? name;
  return `${toPlainReason(last.replace(/^(ORA|NJS)-\d+: /, ''))} [${code}]`;
};

/** What to do about errors that a setting causes. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /NJS-507/,
    'SSL_SERVER_CERT_DN in the address (DATABASE_URL or ORACLE_CONNECT_STRING) must be the subject of the server’s certificate',
  ],
  [
    /NJS-508/,
    "the server's certificate is for another host name; DATABASE_URL or ORACLE_CONNECT_STRING must use a name that is in the certificate, or give its subject as SSL_SERVER_CERT_DN",
  ],
  [
    /ORA-28150/,
    'DATABASE_URL says proxy[target], and the target must let the proxy in: ALTER USER target GRANT CONNECT THROUGH proxy',
  ],
];

/** Numbers whose texts, in any language, quote the value that could not be converted. */
const QUOTES_VALUES = /^ORA-0(1722|18\d\d|6502)$/;

/** Codes of a broken connection. The last line contains the reason, or another code with it. */
const BROKEN = /^NJS-(500|501|503|505|506|521)$/;

/**
 * Returns the error when a setting, a certificate or an account causes it. It is retryable, as on
 * PostgreSQL, because an administrator may correct it on the server meanwhile.
 */
const toSettingsError = (name: string, message: string, cause: unknown): BridgeError | undefined => {
  const advice = ADVICE.find(([pattern]) => pattern.test(message))?.[1];
  const tls = BROKEN.test(name) ? explainTls(message, DATABASE_TLS_VARIABLES) : undefined;
  const text = advice ?? tls?.text;
  if (text === undefined) return undefined;
  const code = tls?.lasting === false ? 'DB_UNAVAILABLE' : 'DB_SETTINGS';
  return new BridgeError(code, `${toReason(name, message)}: ${text}`, { retryable: true, cause });
};

/** What a connection that ends before the login may mean, by the use of TLS on this side. */
const BROKEN_OFF: Readonly<Record<TlsUse, string>> = {
  off: 'if this port speaks TLS (TCPS), set DATABASE_TLS=true',
  on: 'if it wants a client certificate, set DATABASE_TLS_CERT_FILE and DATABASE_TLS_KEY_FILE, or ORACLE_WALLET_FILE',
  certified:
    'if it does not accept this client certificate, DATABASE_TLS_CERT_FILE or ORACLE_WALLET_FILE must name one that is valid and comes from an authority that the server trusts',
};

export type TlsUse = 'off' | 'on' | 'certified';

/**
 * Converts an error that occurred while connecting. Oracle's listener closes the connection without
 * a word when the protocols differ; it may also be stopping, so the error is retryable. Returns
 * undefined for errors of other origin.
 */
export const toOracleConnectError = (error: unknown, tls: TlsUse): BridgeError | undefined => {
  const known = toOracleError(error);
  const { message = '' } = (error ?? {}) as { readonly message?: string };
  if (known?.code !== 'DB_UNAVAILABLE' || !/NJS-(501|521)/.test(message)) return known;
  const text = `the server closed the connection before the log-in was done; unless it is just stopping: ${BROKEN_OFF[tls]}`;
  return new BridgeError('DB_UNAVAILABLE', `${toReason('NJS-500', message)}: ${text}`, {
    retryable: true,
    cause: error,
  });
};

/** ORA-01005: no password. ORA-01017: wrong user or password. */
const WRONG_LOGIN = /^ORA-010(05|17)$/;
const LOGIN_TEXT = ': DATABASE_URL, DATABASE_PASSWORD or their _FILE, which are read when the process starts';

type OracleDriverError = { readonly code?: unknown; readonly errorNum?: unknown; readonly message?: unknown };

/**
 * Converts an error of the Oracle driver. Returns undefined for any other error. Accepts entries of
 * `batchErrors`, which have only a message.
 */
export const toOracleError = (error: unknown): BridgeError | undefined => {
  const { code, errorNum, message: given } = (error ?? {}) as OracleDriverError;
  const all = typeof given === 'string' ? given : '';
  const named = typeof code === 'string' && /^(ORA|NJS|DPI)-\d+$/.test(code) ? code : undefined;
  // knex prefixes the message with the statement and its values.
  const index = named === undefined ? -1 : all.indexOf(` - ${named}: `);
  const message = index < 0 ? all : all.slice(index + ' - '.length);
  const name = named ?? /^(ORA|NJS|DPI)-\d+/.exec(message)?.[0];
  if (name === undefined) return undefined;
  const settings = toSettingsError(name, message, error);
  if (settings !== undefined) return settings;
  const own = DRIVER.get(name);
  const number = name.startsWith('ORA-')
    ? Number(name.slice(4))
    : typeof errorNum === 'number' && own === undefined
      ? errorNum
      : undefined;
  const { code: ours, retryable } =
    own ?? (number === undefined ? undefined : meaningOf(number, message)) ?? never('DB_ERROR');
  const said = toSafeText(message, REASON_BELOW.test(name) ? 2 : 1);
  const text = `${QUOTES_VALUES.test(name) ? said.replace(/'[^']*'/g, '…') : said}${WRONG_LOGIN.test(name) ? LOGIN_TEXT : ''}`;
  const remedy = REMEDY.get(name);
  const place = toOraclePlace(name, message);
  const routine = place?.routine ? ` (raised by ${place.routine})` : '';
  return new BridgeError(ours, `${text}${routine} [${name}]${remedy === undefined ? '' : `: ${remedy}`}`, {
    retryable,
    cause: error,
    ...(place === undefined ? {} : { place }),
  });
};
