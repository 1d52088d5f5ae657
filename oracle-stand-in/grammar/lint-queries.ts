import { behindBracket, isSymbol, isWord, splitOutside, type Token } from '../sql/tokens';
import { PROJECT_RULE, problem, type StatementProblem } from './lint-problem';

const MAX_IN_LIST = 1000;
const AGGREGATES = ['COUNT', 'SUM', 'MIN', 'MAX', 'AVG', 'LISTAGG'];

type Block = {
  readonly select: number;
  readonly end: number;
  readonly tokens: readonly Token[];
  readonly depth: number;
};

/**
 * Returns each SELECT with the tokens of its own level, up to the end of its bracket, of the
 * statement, or the next set operator's SELECT.
 */
const blocksOf = (tokens: readonly Token[]): Block[] => {
  const blocks: Block[] = [];
  for (const [select, token] of tokens.entries()) {
    if (!isWord(token, 'SELECT')) continue;
    const own: Token[] = [];
    let at = select;
    while (at < tokens.length && !isSymbol(tokens[at], ')', ';')) {
      if (at > select && isWord(tokens[at], 'SELECT')) break;
      own.push(tokens[at]!);
      at = isSymbol(tokens[at], '(') ? behindBracket(tokens, at) : at + 1;
    }
    const before = tokens.slice(0, select);
    const depth =
      before.filter((other) => isSymbol(other, '(')).length - before.filter((other) => isSymbol(other, ')')).length;
    blocks.push({ select, end: at, tokens: own, depth });
  }
  return blocks;
};

const isLock = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at], 'FOR') && isWord(tokens[at + 1], 'UPDATE');

const lockProblem = (block: Block, all: readonly Token[]): StatementProblem | undefined => {
  const { tokens } = block;
  const lock = tokens.findIndex((_, at) => isLock(tokens, at));
  if (lock < 0) return undefined;
  if (block.depth > 0)
    return problem(907, 'missing right parenthesis: FOR UPDATE stands only at the end of the whole statement');
  if (tokens.slice(lock).some((token) => isWord(token, 'FETCH', 'OFFSET', 'ORDER', 'WHERE')))
    return problem(933, 'SQL command not properly ended after FOR UPDATE');
  const noRow = tokens.some(
    (token, at) =>
      isWord(token, 'DISTINCT', 'UNIQUE', 'GROUP', 'UNION', 'MINUS', 'INTERSECT', 'HAVING') ||
      (isWord(token, ...AGGREGATES) && isSymbol(tokens[at + 1], '(')),
  );
  // Oracle turns a query with a row limit into an inline view.
  const limited = tokens.some((token, at) => isWord(token, 'FETCH', 'OFFSET') && at < lock);
  const afterSetOperator =
    isWord(all[block.select - 1], 'UNION', 'ALL', 'MINUS', 'INTERSECT') && !isWord(all[block.select - 2], '(');
  const fromAt = all.findIndex((token, at) => at > block.select && isWord(token, 'FROM') && tokens.includes(token));
  const inlineView = isSymbol(all[fromAt + 1], '(') && isWord(all[fromAt + 2], 'SELECT');
  if (noRow || afterSetOperator) return problem(1786, 'FOR UPDATE of this query expression is not allowed');
  return limited || inlineView
    ? problem(2014, 'cannot select FOR UPDATE from view with DISTINCT, GROUP BY, etc.')
    : undefined;
};

/** Checks that FOR UPDATE is allowed where it stands, and that every SELECT has a FROM. */
export const selects = (tokens: readonly Token[]): StatementProblem | undefined => {
  if (isWord(tokens[0], 'GRANT', 'REVOKE')) return undefined;
  for (const block of blocksOf(tokens)) {
    if (!block.tokens.some((token) => isWord(token, 'FROM')))
      return problem(923, 'FROM keyword not found where expected');
    const found = lockProblem(block, tokens);
    if (found !== undefined) return found;
  }
  const skip = tokens.findIndex((token, at) => isWord(token, 'SKIP') && isWord(tokens[at + 1], 'LOCKED'));
  return skip >= 0 && !tokens.some((_, at) => isLock(tokens, at))
    ? problem(933, 'SQL command not properly ended: SKIP LOCKED without FOR UPDATE')
    : undefined;
};

export const inLists = (tokens: readonly Token[]): StatementProblem | undefined => {
  for (const [at, token] of tokens.entries()) {
    if (!isWord(token, 'IN') || !isSymbol(tokens[at + 1], '(') || isWord(tokens[at + 2], 'SELECT')) continue;
    const items = splitOutside(tokens.slice(at + 2, behindBracket(tokens, at + 1) - 1));
    if (items.length > MAX_IN_LIST) return problem(1795, 'maximum number of expressions in a list is 1000');
  }
  return undefined;
};

/**
 * Refuses conditions on ROWNUM that never hold: rows are numbered as they are returned, so no
 * second row can be the first.
 */
export const rownums = (tokens: readonly Token[]): StatementProblem | undefined => {
  const wrong = tokens.some(
    (token, at) =>
      isWord(token, 'ROWNUM') &&
      (isSymbol(tokens[at + 1], '>', '>=') ||
        (isSymbol(tokens[at + 1], '=') && tokens[at + 2]?.kind === 'number' && tokens[at + 2]!.value !== '1')),
  );
  return wrong ? problem(PROJECT_RULE, 'ROWNUM > n is never true') : undefined;
};
