import { kindOf } from '../sql/statement-kind';
import { isSymbol, isWord, type Token, toTokens } from '../sql/tokens';
import { expressions, keywords, lists, sessionParameters } from './lint-clauses';
import {
  argumentCounts,
  bindNames,
  checks,
  groups,
  joinedColumns,
  literals,
  orderedSubqueries,
  sequences,
} from './lint-meaning';
import { casts, columns, longName, reservedColumns } from './lint-names';
import { PROJECT_RULE, problem, type StatementProblem } from './lint-problem';
import { inLists, rownums, selects } from './lint-queries';

type Rule = (tokens: readonly Token[]) => StatementProblem | undefined;

/**
 * Refuses words and symbols of PostgreSQL and MySQL that the grammar, with Oracle's many optional
 * names, may take for names.
 */
const foreignSyntax: Rule = (tokens) => {
  for (const [at, token] of tokens.entries()) {
    const following = tokens[at + 1];
    if (isSymbol(token, '?', '$', '`', '\\', '[')) return problem(911, `invalid character: ${token.text}`);
    if (isSymbol(token, '::')) return problem(933, 'SQL command not properly ended: "::" is not a cast');
    if (isWord(token, 'LIMIT') && (following?.kind === 'number' || following?.kind === 'bind'))
      return problem(933, 'SQL command not properly ended: LIMIT');
    if (isWord(token, 'ON') && isWord(following, 'CONFLICT', 'DUPLICATE'))
      return problem(933, 'SQL command not properly ended: ON CONFLICT');
    if (isWord(token, 'ILIKE')) return problem(920, 'invalid relational operator: ILIKE');
    if (isWord(token, 'TRUE', 'FALSE') && tokens[at - 1]?.text !== '.')
      return problem(904, `"${token.value}": invalid identifier`);
    if (isWord(token, 'IF') && isWord(following, 'EXISTS', 'NOT'))
      return problem(933, 'SQL command not properly ended: IF [NOT] EXISTS came after 19c');
  }
  return undefined;
};

const emptyStrings: Rule = (tokens) =>
  tokens.some((token) => token.kind === 'string' && token.value === '')
    ? problem(PROJECT_RULE, "'' is NULL in Oracle: write NULL")
    : undefined;

/** Refuses a final semicolon: the driver sends one statement without it. */
const semicolon: Rule = (tokens) =>
  isSymbol(tokens.at(-1), ';')
    ? problem(933, 'SQL command not properly ended: the driver sends statements without ";"')
    : undefined;

const SQL_RULES: readonly Rule[] = [
  semicolon,
  foreignSyntax,
  emptyStrings,
  bindNames,
  literals,
  longName,
  sessionParameters,
  keywords,
  expressions,
  columns,
  casts,
  reservedColumns,
  selects,
  lists,
  inLists,
  rownums,
  argumentCounts,
  joinedColumns,
  orderedSubqueries,
  groups,
  sequences,
  checks,
];

/** Rules for PL/SQL, in which TRUE, '' in messages and semicolons are allowed. */
const CODE_RULES: readonly Rule[] = [longName, inLists];

const isCode = (tokens: readonly Token[]): boolean =>
  kindOf(tokens) === 'plsql' ||
  (isWord(tokens[0], 'CREATE') &&
    tokens.slice(1, 6).some((token) => isWord(token, 'TRIGGER', 'PROCEDURE', 'FUNCTION', 'PACKAGE', 'TYPE')));

/** Checks what the grammar does not cover, but Oracle or this project refuses. */
export const lintStatement = (sql: string): StatementProblem | undefined => {
  const tokens = toTokens(sql);
  if (kindOf(tokens) === undefined) return problem(900, 'invalid SQL statement');
  for (const rule of isCode(tokens) ? CODE_RULES : SQL_RULES) {
    const found = rule(tokens);
    if (found !== undefined) return found;
  }
  return undefined;
};
