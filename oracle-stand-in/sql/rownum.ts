import { notSupported } from './oracle-error';
import { findOutside, isSymbol, isWord, raw, type Token } from './tokens';

export type RowLimit = {
  /** The condition without ROWNUM. */
  readonly rest: readonly Token[];
  /** The number of rows, as an expression. */
  readonly limit: readonly Token[] | undefined;
};

/** Extracts `ROWNUM <= n` from a WHERE condition, where AND must join it to the others. */
export const takeRownum = (condition: readonly Token[]): RowLimit => {
  const at = findOutside(condition, 0, (token) => isWord(token, 'ROWNUM'));
  if (at === condition.length) return { rest: condition, limit: undefined };
  const operator = condition[at + 1];
  const end = findOutside(condition, at + 1, (token) => isWord(token, 'AND', 'OR'));
  const hasOr = findOutside(condition, 0, (token) => isWord(token, 'OR')) < condition.length;
  if (hasOr || !isSymbol(operator, '<=', '<', '=') || (at > 0 && !isWord(condition[at - 1], 'AND'))) {
    throw notSupported('ROWNUM in this condition');
  }
  const value = condition.slice(at + 2, end);
  if (isSymbol(operator, '=') && !/^1(::|$)/.test(value[0]?.text ?? ''))
    throw notSupported('ROWNUM = n never holds but for 1');
  const limit = isSymbol(operator, '<') ? [raw('(('), ...value, raw(')::bigint - 1)')] : value;
  const rest = at > 0 ? [...condition.slice(0, at - 1), ...condition.slice(end)] : condition.slice(end + 1);
  return { rest, limit };
};

/** Translates ROWNUM as a value. */
export const numberRows = (tokens: readonly Token[]): Token[] =>
  tokens.map((token) => (isWord(token, 'ROWNUM') ? raw('row_number() OVER ()') : token));
