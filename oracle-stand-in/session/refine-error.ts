import { findSynonym } from '../sql/context';
import { toPostgresName } from '../sql/names';
import { OracleError } from '../sql/oracle-error';
import { isName, isWord } from '../sql/tokens';
import type { ParsedStatement } from '../sql/translate';
import type { StatementCall } from './run-statement';
import { contextOf, type SessionState } from './session-state';

const isThere = async (state: SessionState, owner: string, name: string): Promise<boolean> => {
  const relation = `${owner === 'SYS' ? 'ora' : toPostgresName(owner)}.${toPostgresName(name)}`;
  const { rows } = await state.world.reader.query('SELECT to_regclass($1) IS NOT NULL AS there', [relation]);
  return rows[0].there;
};

/**
 * Finds which kind of object is missing: a sequence, or the target of a synonym. Returns undefined
 * for a table.
 */
const missingObject = async (state: SessionState, { tokens }: ParsedStatement): Promise<OracleError | undefined> => {
  const context = await contextOf(state, []);
  for (const [at, token] of tokens.entries()) {
    if (!isName(token)) continue;
    const owner = tokens[at - 1]?.text === '.' ? tokens[at - 2]?.value : undefined;
    if (tokens[at + 1]?.text === '.' && isWord(tokens[at + 2], 'NEXTVAL', 'CURRVAL')) {
      if (!(await isThere(state, owner ?? state.schema, token.value)))
        return new OracleError(2289, 'sequence does not exist');
    }
    const target = findSynonym(context, { owner, name: token.value });
    if (target !== undefined && !(await isThere(state, target.owner, target.name)))
      return new OracleError(980, 'synonym translation is no longer valid');
  }
  return undefined;
};

/**
 * Chooses among several Oracle numbers by the statement's text, where PostgreSQL's error does not
 * distinguish them.
 */
export const refineError = async (
  state: SessionState,
  { statement, rows }: StatementCall,
  error: OracleError,
): Promise<OracleError> => {
  const { tokens } = statement;
  // For the server, a bind with more bytes than a VARCHAR2 is a LONG, for any length of the column.
  if (
    error.number === 12899 &&
    rows.flat().some((value) => typeof value === 'string' && Buffer.byteLength(value) > 4000)
  )
    return new OracleError(1461, 'can bind a LONG value only for insert into a LONG column');
  if (error.number === 942) return (await missingObject(state, statement)) ?? error;
  if (error.number === 979 && !tokens.some((token) => isWord(token, 'GROUP')))
    return new OracleError(937, 'not a single-group group function');
  const values = tokens.findIndex((token) => isWord(token, 'VALUES'));
  const name = /^"([^".]+)": invalid identifier$/.exec(error.message)?.[1];
  const isValue = (at: number): boolean => isName(tokens[at]) && tokens[at]?.value === name;
  if (error.number === 904 && isWord(tokens[0], 'INSERT') && values > 0 && name !== undefined) {
    const places = tokens.flatMap((_, at) => (isValue(at) && tokens[at + 1]?.text !== '(' ? [at] : []));
    if (places.length > 0 && places.every((at) => at > values)) return new OracleError(984, 'column not allowed here');
  }
  return error;
};
