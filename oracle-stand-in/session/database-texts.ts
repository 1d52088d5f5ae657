import type { Cursor } from '../backend/cursors';
import type { FaultPlan } from '../faults';
import { OracleError } from '../sql/oracle-error';
import { isSymbol, isWord, type Token } from '../sql/tokens';
import type { Bound } from '../ttc/read-execute';
import { type BindType, isCharacterType, ORACLE_TYPE, type OracleColumn, type Value } from '../wire/oracle-types';

const MOST_BYTES = 4000;
const NAMES_A_CLAUSE = ['SELECT', 'FROM', 'USING', 'WHERE', 'ON', 'HAVING', 'VALUES', 'SET', 'RETURNING', 'BY'];

/** Positions of the binds that may be a LONG: alone as a value of VALUES or SET. */
const longPlaces = (tokens: readonly Token[]): ReadonlySet<number> => {
  const places = new Set<number>();
  const clauses: string[] = [''];
  let position = -1;
  for (const [at, token] of tokens.entries()) {
    if (isSymbol(token, '(')) clauses.push(clauses.at(-1) as string);
    else if (isSymbol(token, ')')) clauses.pop();
    else if (isWord(token, ...NAMES_A_CLAUSE)) clauses[clauses.length - 1] = token.value;
    else if (token.kind === 'bind') {
      position += 1;
      const alone = [tokens[at - 1], tokens[at + 1]].every((beside) => !isSymbol(beside, '||'));
      if (alone && ['VALUES', 'SET', 'RETURNING'].includes(clauses.at(-1) as string)) places.add(position);
    }
  }
  return places;
};

/**
 * What is announced with more bytes than VARCHAR2 has, after the conversion to the database's character set, is a LONG, however short the values are.
 * @throws ORA-01461 where a LONG may not stand
 */
export const refuseLongs = (tokens: readonly Token[], binds: readonly BindType[], ratio: number): void => {
  const isLong = ({ type, maxSize }: BindType): boolean =>
    (type === ORACLE_TYPE.varchar || type === ORACLE_TYPE.char) && maxSize * ratio > MOST_BYTES;
  if (!binds.some(isLong)) return;
  const allowed = longPlaces(tokens);
  if (binds.some((bind, at) => isLong(bind) && !allowed.has(at)))
    throw new OracleError(1461, 'can bind a LONG value only for insert into a LONG column');
};

/** Bound texts as the database's character set has them; those in the national one stay. */
export const toStored = (rows: readonly Bound[][], { binds }: Cursor, store: (text: string) => string): Bound[][] => {
  const isText = binds.map(({ type, national }) => isCharacterType(type) && national !== true);
  return rows.map((row) => row.map((value, at) => (isText[at] && typeof value === 'string' ? store(value) : value)));
};

const VALUE_TEXTS: Readonly<Record<number, string>> = { 29275: 'partial multibyte character' };

/** @throws the error of a fault, when one of the rows has a value that the test has broken */
export const refuseUnreadable = (
  faults: FaultPlan,
  columns: readonly OracleColumn[],
  rows: readonly (readonly Value[])[],
): void => {
  const number = faults.atRows(
    columns.map(({ origin }) => origin),
    rows,
  );
  if (number !== undefined) throw new OracleError(number, VALUE_TEXTS[number] ?? 'a fault of the test');
};
