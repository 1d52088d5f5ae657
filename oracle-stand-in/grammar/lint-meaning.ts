import { behindBracket, findOutside, isName, isSymbol, isWord, splitOutside, type Token } from '../sql/tokens';
import { problem, type StatementProblem } from './lint-problem';
import { RESERVED_WORDS } from './reserved-words';

const MAX_LITERAL_BYTES = 4000;

export const bindNames = (tokens: readonly Token[]): StatementProblem | undefined =>
  tokens.some(({ kind, value }) => kind === 'bind' && RESERVED_WORDS.has(value))
    ? problem(1745, 'invalid host/bind variable name')
    : undefined;

export const literals = (tokens: readonly Token[]): StatementProblem | undefined => {
  if (tokens.some(({ kind, value }) => kind === 'string' && Buffer.byteLength(value) > MAX_LITERAL_BYTES))
    return problem(1704, 'string literal too long');
  // Without a precision, an interval has two leading digits.
  const wide = tokens.some(
    (token, at) =>
      isWord(token, 'INTERVAL') &&
      tokens[at + 1]?.kind === 'string' &&
      /^[+-]?\d{3,}$/.test(tokens[at + 1]!.value) &&
      !isSymbol(tokens[at + 3], '('),
  );
  return wide ? problem(1873, 'the leading precision of the interval is too small') : undefined;
};

/** Number of arguments of each function, least and most. */
const ARGUMENTS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  NVL: [2, 2],
  NVL2: [3, 3],
  NULLIF: [2, 2],
  LENGTH: [1, 1],
  LENGTHB: [1, 1],
  UPPER: [1, 1],
  LOWER: [1, 1],
  MOD: [2, 2],
};

/** Words before a name with a bracket that is not a call, but a table with its columns. */
const NO_CALL = ['INTO', 'TABLE', 'VIEW', 'ON', 'REFERENCES', 'CONSTRAINT'];

export const argumentCounts = (tokens: readonly Token[]): StatementProblem | undefined => {
  for (const [at, token] of tokens.entries()) {
    const limits = token.kind === 'word' && isSymbol(tokens[at + 1], '(') ? ARGUMENTS[token.value] : undefined;
    if (limits === undefined || isWord(tokens[at - 1], ...NO_CALL) || tokens[at - 1]?.text === '.') continue;
    const inside = tokens.slice(at + 2, behindBracket(tokens, at + 1) - 1);
    const count = inside.length === 0 ? 0 : splitOutside(inside).length;
    if (count < limits[0] || count > limits[1]) return problem(909, 'invalid number of arguments');
  }
  return undefined;
};

/** Refuses qualified names of columns that `JOIN … USING (ID)` joins: no table owns them. */
export const joinedColumns = (tokens: readonly Token[]): StatementProblem | undefined => {
  for (const [at, token] of tokens.entries()) {
    if (!isWord(token, 'USING') || !isSymbol(tokens[at + 1], '(') || isWord(tokens[at + 2], 'SELECT')) continue;
    if (isWord(tokens[0], 'MERGE')) continue;
    const joined = tokens.slice(at + 2, behindBracket(tokens, at + 1) - 1).filter(isName);
    const qualified = tokens.some(
      (other, index) =>
        tokens[index - 1]?.text === '.' && joined.some(({ value }) => isName(other) && other.value === value),
    );
    if (qualified) return problem(25154, 'column part of USING clause cannot have qualifier');
  }
  return undefined;
};

/** Refuses ORDER BY in subqueries of conditions, except with a row limit. */
export const orderedSubqueries = (tokens: readonly Token[]): StatementProblem | undefined => {
  const wrong = tokens.some((token, at) => {
    if (!isSymbol(token, '(') || !isWord(tokens[at + 1], 'SELECT')) return false;
    const before = tokens[at - 1];
    if (
      !isWord(before, 'IN', 'EXISTS', 'ANY', 'ALL', 'SOME') &&
      !isSymbol(before, '=', '<', '>', '<=', '>=', '<>', '!=')
    )
      return false;
    const inside = tokens.slice(at + 1, behindBracket(tokens, at) - 1);
    const order = findOutside(inside, 0, (other, index) => isWord(other, 'ORDER') && isWord(inside[index + 1], 'BY'));
    return (
      order < inside.length && findOutside(inside, order, (other) => isWord(other, 'FETCH', 'OFFSET')) === inside.length
    );
  });
  return wrong ? problem(907, 'missing right parenthesis: ORDER BY in a subquery of a condition') : undefined;
};

/** Returns one SELECT with the tokens of its block, and whether a set operator follows. */
const blockAt = (tokens: readonly Token[], at: number) => {
  const end = findOutside(
    tokens,
    at + 1,
    (token) => isSymbol(token, ')') || isWord(token, 'UNION', 'MINUS', 'INTERSECT'),
  );
  return { own: tokens.slice(at, end), inSet: isWord(tokens[end], 'UNION', 'MINUS', 'INTERSECT') };
};

/** Refuses aliases and positions of the select list in GROUP BY. */
export const groups = (tokens: readonly Token[]): StatementProblem | undefined => {
  for (const [at, token] of tokens.entries()) {
    if (!isWord(token, 'SELECT')) continue;
    const { own } = blockAt(tokens, at);
    const group = findOutside(own, 0, (other, index) => isWord(other, 'GROUP') && isWord(own[index + 1], 'BY'));
    if (group === own.length) continue;
    const end = findOutside(own, group + 2, (other) => isWord(other, 'HAVING', 'ORDER', 'FETCH', 'OFFSET', 'FOR'));
    const from = findOutside(own, 0, (other) => isWord(other, 'FROM'));
    const aliases = splitOutside(own.slice(1, from)).flatMap((item) => {
      const alias = item.at(-1);
      return isWord(item.at(-2), 'AS') && isName(alias) && item.at(-3)?.value !== alias.value ? [alias.value] : [];
    });
    for (const item of splitOutside(own.slice(group + 2, end))) {
      const [only] = item;
      if (item.length !== 1) continue;
      if (only?.kind === 'number') return problem(979, 'not a GROUP BY expression');
      if (isName(only) && aliases.includes(only.value)) return problem(904, `"${only.value}": invalid identifier`);
    }
  }
  return undefined;
};

const isSequence = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at], 'NEXTVAL', 'CURRVAL') && tokens[at - 1]?.text === '.';

/** Refuses sequence numbers outside the select list of the whole statement, VALUES and SET. */
export const sequences = (tokens: readonly Token[]): StatementProblem | undefined => {
  if (!tokens.some((_, at) => isSequence(tokens, at))) return undefined;
  const wrong = problem(2287, 'sequence number not allowed here');
  const where = findOutside(tokens, 0, (token) => isWord(token, 'WHERE'));
  if (isWord(tokens[0], 'UPDATE', 'DELETE') && tokens.slice(where).some((_, at, rest) => isSequence(rest, at)))
    return wrong;
  for (const [at, token] of tokens.entries()) {
    if (!isWord(token, 'SELECT')) continue;
    const { own, inSet } = blockAt(tokens, at);
    const numbers = own.flatMap((_, index) => (isSequence(own, index) ? [index] : []));
    if (numbers.length === 0) continue;
    const clause = (...words: string[]): number => findOutside(own, 0, (other) => isWord(other, ...words));
    const shaped =
      clause('DISTINCT', 'GROUP', 'ORDER') < own.length || inSet || isWord(tokens[at - 1], 'UNION', 'ALL', 'MINUS');
    const inSubquery = isSymbol(tokens[at - 1], '(') && !isWord(tokens[0], 'INSERT', 'MERGE', 'BEGIN', 'DECLARE');
    if (shaped || inSubquery || numbers.some((index) => index > clause('WHERE'))) return wrong;
  }
  return undefined;
};

/** Refuses functions that a CHECK constraint must not use. */
export const checks = (tokens: readonly Token[]): StatementProblem | undefined => {
  if (!isWord(tokens[0], 'CREATE', 'ALTER') || !tokens.slice(1, 4).some((token) => isWord(token, 'TABLE')))
    return undefined;
  const wrong = tokens.some(
    (token, at) =>
      isWord(token, 'CHECK') &&
      isSymbol(tokens[at + 1], '(') &&
      tokens
        .slice(at + 2, behindBracket(tokens, at + 1))
        .some((inner) =>
          isWord(
            inner,
            'SYSDATE',
            'SYSTIMESTAMP',
            'CURRENT_DATE',
            'CURRENT_TIMESTAMP',
            'USER',
            'UID',
            'SYS_CONTEXT',
            'USERENV',
          ),
        ),
  );
  return wrong ? problem(2436, 'date or system variable wrongly specified in CHECK constraint') : undefined;
};
