import { notSupported, OracleError } from '../sql/oracle-error';
import { isCharacterType, ORACLE_TYPE, type Value } from '../wire/oracle-types';
import type { RawField } from './raw-result';

type Kind = 'text' | 'number' | 'time' | 'bytes';

const TIMES: readonly number[] = [
  ORACLE_TYPE.date,
  ORACLE_TYPE.timestamp,
  ORACLE_TYPE.timestampTz,
  ORACLE_TYPE.timestampLtz,
];
const BYTES: readonly number[] = [ORACLE_TYPE.raw, ORACLE_TYPE.longRaw, ORACLE_TYPE.blob];

const kindOfBind = (type: number): Kind => {
  if (isCharacterType(type) || type === ORACLE_TYPE.rowid || type === ORACLE_TYPE.urowid) return 'text';
  if (TIMES.includes(type)) return 'time';
  return BYTES.includes(type) ? 'bytes' : 'number';
};

/** Object ids of PostgreSQL's types (pg_type.dat); all others count as texts. */
const KINDS: Readonly<Record<number, Kind>> = {
  17: 'bytes',
  20: 'number',
  21: 'number',
  23: 'number',
  700: 'number',
  701: 'number',
  1700: 'number',
  1082: 'time',
  1114: 'time',
  1184: 'time',
};

/**
 * Refuses values that Oracle cannot convert to the binds of RETURNING … INTO.
 * @param types wire types of these binds, in the order of `fields`
 * @throws OracleError 932, or 1722 for a text that is not a number
 */
export const checkReturned = (
  types: readonly number[],
  fields: readonly RawField[],
  rows: readonly (readonly Value[])[],
): void => {
  for (const [at, field] of fields.entries()) {
    const to = kindOfBind(types[at] ?? ORACLE_TYPE.varchar);
    const from = KINDS[field.dataTypeID] ?? 'text';
    if (from === to || (from === 'number' && to === 'text')) continue;
    if (from === 'time' && to === 'text') throw notSupported('a time returned as a text: it depends on the session');
    if (from !== 'text' || to !== 'number') throw new OracleError(932, 'inconsistent datatypes');
    if (rows.some((row) => row[at] !== null && !/^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(String(row[at]))))
      throw new OracleError(1722, 'invalid number');
  }
};
