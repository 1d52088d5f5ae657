import { behindBracket, findOutside, isSymbol, isWord, splitOutside, type Token } from '../sql/tokens';
import { problem, type StatementProblem } from './lint-problem';

const COMPARISONS = ['=', '<', '>', '<=', '>=', '<>', '!=', '^='];

/** Returns the items between each SELECT and its FROM. */
const selectLists = (tokens: readonly Token[]): Token[][][] =>
  tokens.flatMap((token, at) => {
    if (!isWord(token, 'SELECT')) return [];
    const from = findOutside(tokens, at + 1, (other) => isWord(other, 'FROM') || isSymbol(other, ')'));
    return [splitOutside(tokens.slice(at + 1, from))];
  });

/** Finds comparisons used as values, which 19c does not have. Within CASE they are conditions. */
const comparesOutsideCase = (item: readonly Token[]): boolean => {
  let cases = 0;
  let at = 0;
  while (at < item.length) {
    const token = item[at]!;
    if (isWord(token, 'CASE')) cases += 1;
    else if (isWord(token, 'END')) cases -= 1;
    else if (cases === 0 && isSymbol(token, ...COMPARISONS)) return true;
    at = isSymbol(token, '(') ? behindBracket(item, at) : at + 1;
  }
  return false;
};

/** Refuses `SELECT *, ID` and `SELECT ID = 1`, where Oracle misses FROM. */
export const lists = (tokens: readonly Token[]): StatementProblem | undefined => {
  if (isWord(tokens[0], 'GRANT', 'REVOKE')) return undefined;
  const wrong = selectLists(tokens).some(
    (items) =>
      (items.length > 1 && items.some((item) => item.length === 1 && isSymbol(item[0], '*'))) ||
      items.some(comparesOutsideCase),
  );
  return wrong ? problem(923, 'FROM keyword not found where expected') : undefined;
};

/** Refuses statements in which a required expression is missing. */
export const expressions = (tokens: readonly Token[]): StatementProblem | undefined => {
  const missing = tokens.some((token, at) => {
    const next = tokens[at + 1];
    if (isWord(token, 'SELECT', 'DISTINCT') || isSymbol(token, ',')) return isWord(next, 'FROM');
    if (isWord(token, 'WHERE')) return next === undefined || isSymbol(next, ')');
    return isWord(token, 'IN') && isSymbol(next, '(') && isSymbol(tokens[at + 2], ')');
  });
  const grants = isWord(tokens[0], 'GRANT', 'REVOKE');
  return missing && !grants ? problem(936, 'missing expression') : undefined;
};

const assignsRow = (tokens: readonly Token[]): boolean =>
  tokens.some((token, at) => {
    if (!(isWord(token, 'SET') || isSymbol(token, ',')) || !isSymbol(tokens[at + 1], '(')) return false;
    const equals = behindBracket(tokens, at + 1);
    return (
      isSymbol(tokens[equals], '=') &&
      isSymbol(tokens[equals + 1], '(') &&
      !isWord(tokens[equals + 2], 'SELECT', 'WITH')
    );
  });

/** Refuses statements that lack a required keyword. */
export const keywords = (tokens: readonly Token[]): StatementProblem | undefined => {
  const [verb, second] = tokens;
  const outside = (...words: string[]): number => findOutside(tokens, 0, (token) => isWord(token, ...words));
  const has = (...words: string[]): boolean => outside(...words) < tokens.length;
  if (isWord(verb, 'TRUNCATE') && !isWord(second, 'TABLE', 'CLUSTER'))
    return problem(3290, 'Invalid truncate command - missing CLUSTER or TABLE keyword');
  if (isWord(verb, 'MERGE') && !has('ON')) return problem(969, 'missing ON keyword');
  if (isWord(verb, 'INSERT') && isWord(tokens[outside('DEFAULT') + 1], 'VALUES'))
    return problem(926, 'missing VALUES keyword');
  if (
    isWord(verb, 'INSERT', 'UPDATE', 'DELETE') &&
    has('RETURNING') &&
    !tokens.slice(outside('RETURNING')).some((token) => isWord(token, 'INTO'))
  )
    return problem(925, 'missing INTO keyword');
  if (
    isWord(verb, 'WITH') &&
    isWord(tokens[outside('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE')], 'INSERT', 'UPDATE', 'DELETE', 'MERGE')
  )
    return problem(928, 'missing SELECT keyword');
  if (isWord(verb, 'UPDATE') && assignsRow(tokens))
    return problem(1767, 'UPDATE ... SET expression must be a subquery');
  const fetch = tokens.findIndex((token, at) => isWord(token, 'FETCH') && isWord(tokens[at + 1], 'FIRST', 'NEXT'));
  return fetch >= 0 && !tokens.slice(fetch, fetch + 6).some((token) => isWord(token, 'ONLY', 'TIES'))
    ? problem(905, 'missing keyword')
    : undefined;
};

const SESSION_PARAMETERS =
  /^(NLS_\w+|CURRENT_SCHEMA|TIME_ZONE|DDL_LOCK_TIMEOUT|EDITION|CONTAINER|ISOLATION_LEVEL|CURSOR_SHARING|ERROR_ON_OVERLAP_TIME|EVENTS|MAX_DUMP_FILE_SIZE|TRACEFILE_IDENTIFIER|SQL_TRACE|STATISTICS_LEVEL|(OPTIMIZER|PLSQL|PARALLEL|RESULT_CACHE|RESUMABLE|SESSION|WORKAREA)_\w+)$/;

/** Refuses unknown parameters of ALTER SESSION SET. */
export const sessionParameters = (tokens: readonly Token[]): StatementProblem | undefined => {
  const name = tokens[3];
  const sets = isWord(tokens[0], 'ALTER') && isWord(tokens[1], 'SESSION') && isWord(tokens[2], 'SET');
  return sets && !SESSION_PARAMETERS.test(name?.value ?? '')
    ? problem(2248, 'invalid option for ALTER SESSION')
    : undefined;
};
