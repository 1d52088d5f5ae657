import { isWord } from '../sql/tokens';
import { isLocking, type Place } from './compilation';
import { lookUp, type Scope } from './scope';
import type { Statement } from './syntax-tree';

/** Holds the error of the function being compiled on its way to a handler. */
export const ERROR = '"error$0"';

/** Passes the error in ERROR on to the next handler. */
export const passOn = ({ onError }: Place): string =>
  onError === undefined ? `PERFORM ora.raise_again(${ERROR});` : `EXIT ${onError};`;

/**
 * Wraps text that may fail. In Oracle a handler finds the effects of its block before the failed
 * statement; PostgreSQL would undo the whole block. So each text that may fail gets a block of its
 * own, and the handler becomes a jump target.
 */
export const guard = (place: Place, text: string, verb = '', waits = false, undo = ''): string => {
  if (place.onError === undefined || text.trim() === '') return text;
  return `BEGIN
${text}
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS ${ERROR}.state = RETURNED_SQLSTATE, ${ERROR}.message = MESSAGE_TEXT, ${ERROR}.detail = PG_EXCEPTION_DETAIL,
    ${ERROR}.schema_name = SCHEMA_NAME, ${ERROR}.table_name = TABLE_NAME, ${ERROR}.column_name = COLUMN_NAME, ${ERROR}.constraint_name = CONSTRAINT_NAME;
  ${ERROR}.number := ora.error_number(${ERROR}.state, ${ERROR}.message, ${ERROR}.detail, '${verb}', ${waits});${undo}
END;
IF ${ERROR}.number IS NOT NULL THEN
  ${passOn(place)}
END IF;`;
};

/**
 * Tells whether a statement neither changes nor locks rows: when such a statement fails, nothing is
 * lost if those before it are undone too.
 */
export const isHarmless = (statement: Statement, scope: Scope, depth = 0): boolean => {
  const all = (statements: readonly Statement[]): boolean =>
    statements.every((inner) => isHarmless(inner, scope, depth));
  switch (statement.kind) {
    case 'null':
    case 'assign':
    case 'return':
    case 'exit':
    case 'continue':
    case 'raise':
    case 'commit':
    case 'delete-all':
      return true;
    case 'select':
      return !isLocking(statement.query);
    case 'if':
      return statement.branches.every(({ body }) => all(body)) && all(statement.otherwise);
    case 'count':
    case 'loop':
      return all(statement.body);
    case 'call': {
      const entry = lookUp(scope, statement.name);
      if (entry?.kind !== 'procedure') return true;
      const { declarations, body, handlers } = entry.definition.block;
      const plain = handlers.length === 0 && declarations.every(({ kind }) => kind === 'variable');
      return depth < 20 && plain && body.every((inner) => isHarmless(inner, entry.scope, depth + 1));
    }
    default:
      return false;
  }
};

/** Returns n of FOR UPDATE WAIT n, in seconds. */
export const waitOf = (tokens: Statement & { kind: 'rows' | 'select' }): number | undefined => {
  const at = tokens.query.findIndex((token) => isWord(token, 'WAIT'));
  return at < 0 || !isLocking(tokens.query) ? undefined : Number(tokens.query[at + 1]?.value);
};
