import type { Cursor } from '../backend/cursors';
import type { FaultPlan } from '../faults';
import { OracleError } from '../sql/oracle-error';
import { isSymbol, isWord, type Token } from '../sql/tokens';
import type { Bound } from '../ttc/read-execute';
import { type BindType, isCharacterType, ORACLE_TYPE, type OracleColumn, type Value } from '../wire/oracle-types';

const MOST_BYTES = 4000;
const NAMES_A_CLAUSE = ['SELECT', 'FROM', 'USING', 'WHERE', 'ON', 'HAVING', 'VALUES', 'SET', 'RETURNING', 'BY'];

/** Returns the positions of binds that may be a LONG: whole values of VALUES or SET. */
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
 * Refuses LONGs where they are not allowed. A bind is a LONG when its announced size, after
 * conversion to the database's character set, exceeds a VARCHAR2, even if its values are short.
 * @throws ORA-01461
 */
export const refuseLongs = (tokens: readonly Token[], binds: readonly BindType[], ratio: number): void => {
  const isLong = ({ type, maxSize }: BindType): boolean =>
    (type === ORACLE_TYPE.varchar || type === ORACLE_TYPE.char) && maxSize * ratio > MOST_BYTES;
  if (!binds.some(isLong)) return;
  const allowed = longPlaces(tokens);
  if (binds.some((bind, at) => isLong(bind) && !allowed.has(at)))
    throw new OracleError(1461, 'can bind a LONG value only for insert into a LONG column');
};

/** Converts bound texts to the database's character set, except those in the national one. */
export const toStored = (rows: readonly Bound[][], { binds }: Cursor, store: (text: string) => string): Bound[][] => {
  const isText = binds.map(({ type, national }) => isCharacterType(type) && national !== true);
  return rows.map((row) => row.map((value, at) => (isText[at] && typeof value === 'string' ? store(value) : value)));
};

const VALUE_TEXTS: Readonly<Record<number, string>> = { 29275: 'partial multibyte character' };

/**
 * Fails a fetch that reaches a value which a test declared broken.
 * @throws OracleError with the number of the fault
 */
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
