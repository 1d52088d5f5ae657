import { notSupported, OracleError } from '../sql/oracle-error';
import { ORACLE_TYPE, type Value } from '../wire/oracle-types';
import type { PostgresSession } from './postgres-session';

const TEXTS: readonly (number | undefined)[] = [ORACLE_TYPE.varchar, ORACLE_TYPE.char];

const isHex = (value: Value): boolean => value === null || /^([0-9A-Fa-f]{2})*$/.test(value.toString());

/**
 * Refuses texts bound where another type is wanted. For a DATE or TIMESTAMP, PostgreSQL reads ISO
 * 8601; Oracle reads the session's NLS format, by default DD-MON-RR, which begins with digits. For
 * a RAW, Oracle reads hexadecimal digits; PostgreSQL takes the text's bytes. The statement must
 * have run already, so that its parameters have types. The caller undoes it.
 */
export const refuseTexts = async (
  session: PostgresSession,
  sql: string,
  types: readonly (number | undefined)[],
  rows: readonly (readonly Value[])[],
): Promise<void> => {
  const texts = types.flatMap((type, at) => (TEXTS.includes(type) && rows.some((row) => row[at] !== null) ? [at] : []));
  if (texts.length === 0) return;
  const parameters = await session.parameterTypes(sql);
  for (const at of texts) {
    const type = parameters[at] ?? '';
    const values = rows.map((row) => row[at] ?? null);
    if (/^(bytea|(ora\.)?"?raw_)/.test(type)) {
      if (!values.every(isHex)) throw new OracleError(1465, 'invalid hex number');
      throw notSupported('a text bound to a RAW: use HEXTORAW');
    }
    if (!/^(timestamp|date|ora\.date)/.test(type)) continue;
    if (values.some((value) => /^\s*\D/.test(value?.toString() ?? '')))
      throw new OracleError(1858, 'a non-numeric character was found where a numeric was expected');
    throw new OracleError(1861, 'literal does not match format string');
  }
};
