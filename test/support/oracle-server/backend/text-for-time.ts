import { OracleError } from '../sql/oracle-error';
import { ORACLE_TYPE, type Value } from '../wire/oracle-types';
import type { PostgresSession } from './postgres-session';

const TEXTS: readonly (number | undefined)[] = [ORACLE_TYPE.varchar, ORACLE_TYPE.char];

/**
 * A text bound where a DATE or TIMESTAMP is wanted: PostgreSQL reads it as ISO 8601, Oracle by the session's NLS format, which by default is
 * DD-MON-RR. The statement has been run, so its parameters have types; who calls undoes it.
 */
export const refuseTextsForTimes = async (
  session: PostgresSession,
  sql: string,
  types: readonly (number | undefined)[],
  rows: readonly (readonly Value[])[],
): Promise<void> => {
  const texts = types.flatMap((type, at) => (TEXTS.includes(type) && rows.some((row) => row[at] !== null) ? [at] : []));
  if (texts.length === 0) return;
  const parameters = await session.parameterTypes(sql);
  if (texts.some((at) => /^(timestamp|date|ora\.date)/.test(parameters[at] ?? '')))
    throw new OracleError(1861, 'literal does not match format string');
};
