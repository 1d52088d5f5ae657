import { swapCase } from './names';
import { isName, isSymbol, isWord, raw, type Token } from './tokens';

/** Words that may end an expression, and so are not an alias. */
const NO_ALIAS = [
  'END',
  'NULL',
  'SYSDATE',
  'SYSTIMESTAMP',
  'USER',
  'ROWNUM',
  'LEVEL',
  'DAY',
  'SECOND',
  'MINUTE',
  'HOUR',
  'MONTH',
  'YEAR',
];

const isPlainColumn = (item: readonly Token[]): boolean => {
  const last = item.at(-1);
  const column =
    (isName(last) && !isWord(last, 'SYSDATE', 'SYSTIMESTAMP', 'USER', 'NULL', 'ROWNUM', 'LEVEL')) ||
    isSymbol(last, '*');
  return column && (item.length === 1 || ((item.length === 3 || item.length === 5) && item[1]?.text === '.'));
};

const hasAlias = (item: readonly Token[]): boolean => {
  const last = item.at(-1);
  const before = item.at(-2);
  if (!isName(last) || before === undefined) return false;
  if (isWord(before, 'AS') || last.kind === 'quoted') return before.text !== '.';
  if (isWord(last, ...NO_ALIAS) || before.text === '.') return false;
  return before.kind !== 'symbol' || isSymbol(before, ')');
};

/** Names a column as Oracle does: one without a name gets its expression without white space. */
export const withColumnName = (item: readonly Token[]): readonly Token[] => {
  const expression = isWord(item[0], 'DISTINCT', 'UNIQUE', 'ALL') ? item.slice(1) : item;
  if (expression.length === 0 || isPlainColumn(expression) || hasAlias(expression)) return item;
  const name = expression
    .map((token) =>
      token.kind === 'bind' ? `:${Number(token.value) + 1}` : token.kind === 'word' ? token.value : token.text,
    )
    .join('');
  return [...item, raw(`AS "${swapCase(name).replaceAll('"', '""').slice(0, 60)}"`)];
};
