import { withColumnName } from './column-names';
import type { TranslationContext } from './context';
import { notSupported } from './oracle-error';
import { castFor } from './render';
import { numberRows, takeRownum } from './rownum';
import { type TableReference, tableAt } from './tables';
import { behindBracket, findOutside, isSymbol, isWord, raw, splitOutside, type Token } from './tokens';
import { translateExpressions } from './translate-expression';

const CLAUSES = ['FROM', 'WHERE', 'CONNECT', 'START', 'GROUP', 'HAVING', 'ORDER', 'OFFSET', 'FETCH', 'FOR'] as const;
type Clause = (typeof CLAUSES)[number] | 'SELECT';

/**
 * Second words of clauses whose first word also occurs elsewhere: GROUP in WITHIN GROUP (…), FOR in
 * FOR ORDINALITY.
 */
const SECOND_WORDS: Readonly<Record<string, readonly string[]>> = {
  GROUP: ['BY'],
  ORDER: ['BY', 'SIBLINGS'],
  CONNECT: ['BY'],
  START: ['WITH'],
  FETCH: ['FIRST', 'NEXT'],
  FOR: ['UPDATE'],
};

const beginsClause = (token: Token, following: Token | undefined): boolean => {
  if (!isWord(token, ...CLAUSES)) return false;
  const seconds = SECOND_WORDS[token.value];
  if (seconds !== undefined) return isWord(following, ...seconds);
  return token.value !== 'OFFSET' || following?.kind === 'number' || following?.kind === 'bind';
};

/** Splits one SELECT block into its clauses, each without its first keyword. */
const clausesOf = (block: readonly Token[]): ReadonlyMap<Clause, readonly Token[]> => {
  const clauses = new Map<Clause, readonly Token[]>();
  let at = 0;
  let clause: Clause = 'SELECT';
  while (at < block.length) {
    const end = findOutside(block, at + 1, (token, index) => beginsClause(token, block[index + 1]));
    clauses.set(clause, block.slice(at + 1, end));
    clause = block[end]?.value as Clause;
    at = end;
  }
  return clauses;
};

const expressions = (tokens: readonly Token[], context: TranslationContext): Token[] =>
  translateExpressions(tokens, context, translateQuery);

/** Translates the select list. A bind that is a whole column gets its declared type. */
const selectList = (list: readonly Token[], context: TranslationContext): Token[] => {
  const typed = splitOutside(list)
    .map(withColumnName)
    .flatMap((item, at) => {
      const comma = at === 0 ? [] : [list.find((token) => isSymbol(token, ','))!];
      const first = isWord(item[0], 'DISTINCT', 'UNIQUE', 'ALL') ? 1 : 0;
      const bind = item[first];
      const head = isWord(item[0], 'UNIQUE') ? [raw('DISTINCT')] : item.slice(0, first);
      const alone = bind?.kind === 'bind' && (item.length <= first + 2 || isWord(item[first + 1], 'AS'));
      if (!alone) return [...comma, ...head, ...item.slice(first)];
      return [...comma, ...head, bind!, raw(castFor(context.bindTypes[Number(bind!.value)])), ...item.slice(first + 1)];
    });
  return numberRows(expressions(typed, context));
};

/** Translates the FROM clause: resolves synonyms, and translates subqueries. */
const fromClause = (from: readonly Token[], context: TranslationContext) => {
  const out: Token[] = [];
  const tables: TableReference[] = [];
  let at = 0;
  let tableExpected = true;
  while (at < from.length) {
    const table = tableExpected ? tableAt(from, at, context) : undefined;
    if (table !== undefined) {
      out.push(...table.tokens);
      tables.push(table);
      at = table.next;
      tableExpected = false;
      continue;
    }
    const token = from[at] as Token;
    const end = isSymbol(token, '(')
      ? behindBracket(from, at)
      : isSymbol(from[at + 1], '(')
        ? behindBracket(from, at + 1)
        : at + 1;
    out.push(...expressions(from.slice(at, end), context));
    tableExpected = isSymbol(token, ',') || isWord(token, 'JOIN', 'LATERAL');
    at = end;
  }
  return { tokens: out, tables, simple: tables.length === 1 && out.length === tables[0]!.tokens.length };
};

/** Translates `FROM DUAL CONNECT BY LEVEL <= n`, which generates rows. */
const levels = (connect: readonly Token[], context: TranslationContext): Token[] => {
  const [by, level, operator, ...count] = connect;
  if (!isWord(by, 'BY') || !isWord(level, 'LEVEL') || !isSymbol(operator, '<=')) throw notSupported('CONNECT BY');
  return [raw('generate_series(1, ('), ...expressions(count, context), raw(')::int) AS ora_levels (level)')];
};

/** Translates FOR UPDATE; PostgreSQL names tables instead of columns. The session sets the wait. */
const lockClause = (lock: readonly Token[], simple: boolean): Token[] => {
  const of = findOutside(lock, 0, (token) => isWord(token, 'OF'));
  const end = findOutside(lock, 0, (token) => isWord(token, 'NOWAIT', 'SKIP', 'WAIT'));
  const columns = of < end ? splitOutside(lock.slice(of + 1, end)) : [];
  const tables = columns.flatMap((column) => (column[1]?.text === '.' ? [column[0]!] : []));
  if (columns.length > 0 && tables.length === 0 && !simple)
    throw notSupported('FOR UPDATE OF a column without its table');
  const names = [...new Map(tables.map((token) => [token.value, token])).values()];
  const wait = isWord(lock[end], 'WAIT') ? [] : lock.slice(end);
  const list = names.flatMap((name, at) => (at === 0 ? [raw('OF'), name] : [raw(','), name]));
  return [raw('FOR UPDATE'), ...list, ...wait];
};

/** Translates `BY` and what follows it. A number alone is the position of a column. */
const sorting = (order: readonly Token[] | undefined, context: TranslationContext): Token[] | undefined =>
  order === undefined
    ? undefined
    : splitOutside(order).flatMap((item, at) => {
        const position = item.find(({ kind }) => kind !== 'word');
        const alone = position?.kind === 'number' && item.every((token) => token === position || token.kind === 'word');
        return [...(at === 0 ? [] : [raw(',')]), ...(alone ? item : expressions(item, context))];
      });

const keyword = (word: string, tokens: readonly Token[] | undefined): Token[] =>
  tokens === undefined || tokens.length === 0 ? [] : [raw(word), ...tokens];

const AGGREGATES = ['COUNT', 'SUM', 'MIN', 'MAX', 'AVG', 'LISTAGG'];

/** Tells whether the list aggregates all rows to one, after ROWNUM has chosen them. */
const aggregates = (list: readonly Token[]): boolean =>
  list.some((token, at) => isWord(token, ...AGGREGATES) && isSymbol(list[at + 1], '('));

/**
 * Translates one SELECT block.
 * @param inSet true within UNION and the like, where ORDER BY belongs to the whole query
 */
const translateBlock = (block: readonly Token[], context: TranslationContext, inSet: boolean): Token[] => {
  const clauses = clausesOf(block);
  const expression = (clause: Clause): Token[] | undefined => {
    const tokens = clauses.get(clause);
    return tokens === undefined ? undefined : expressions(tokens, context);
  };
  if (clauses.has('START')) throw notSupported('START WITH … CONNECT BY');
  const from = fromClause(clauses.get('FROM') ?? [], context);
  const connect = clauses.get('CONNECT');
  const source = connect === undefined ? from.tokens : levels(connect, context);
  const list = selectList(clauses.get('SELECT') ?? [], context);
  const { rest, limit } = takeRownum(expression('WHERE') ?? []);
  const where = keyword('WHERE', rest);
  const tail = [...keyword('GROUP', expression('GROUP')), ...keyword('HAVING', expression('HAVING'))];
  const order = keyword('ORDER', sorting(clauses.get('ORDER'), context));
  // Row counts stay plain numbers, without the cast to numeric.
  const rows = [...keyword('OFFSET', clauses.get('OFFSET')), ...keyword('FETCH', clauses.get('FETCH'))];
  const lock = clauses.has('FOR') ? lockClause(clauses.get('FOR')!.slice(1), from.simple) : [];
  const select = [raw('SELECT'), ...list];
  if (limit === undefined)
    return [...select, ...keyword('FROM', source), ...where, ...tail, ...order, ...rows, ...lock];
  const limited = [...where, raw('LIMIT'), ...limit];
  const counted = aggregates(clauses.get('SELECT') ?? []);
  if (inSet && !counted && lock.length + tail.length === 0)
    return [raw('('), ...select, ...keyword('FROM', source), ...limited, raw(')'), ...order];
  if (lock.length > 0) {
    if (!from.simple) throw notSupported('ROWNUM with FOR UPDATE on more than one table');
    // As in Oracle, the first n rows are chosen before any is locked, so that concurrent sessions
    // choose the same rows.
    const first = [raw('WHERE ctid IN (SELECT ctid FROM'), ...source, ...limited, raw(')')];
    return [...select, ...keyword('FROM', source), ...first, ...order, ...lock];
  }
  if (order.length + tail.length === 0 && !counted) return [...select, ...keyword('FROM', source), ...limited];
  if (!from.simple) throw notSupported('ROWNUM with ORDER BY or GROUP BY over more than one table');
  // As in Oracle, the first n rows are chosen, and then sorted.
  const chosen = [raw('(SELECT * FROM'), ...source, ...limited, raw(') AS'), from.tables[0]!.label];
  return [...select, ...keyword('FROM', chosen), ...tail, ...order];
};

const SET_OPERATORS: Readonly<Record<string, string>> = { UNION: 'UNION', MINUS: 'EXCEPT', INTERSECT: 'INTERSECT' };

/** Translates a whole query with WITH and set operators. */
export const translateQuery = (tokens: readonly Token[], context: TranslationContext, inSet = false): Token[] => {
  if (isWord(tokens[0], 'WITH')) {
    const select = findOutside(tokens, 1, (token) => isWord(token, 'SELECT'));
    return [
      raw('WITH'),
      ...expressions(tokens.slice(1, select), context),
      ...translateQuery(tokens.slice(select), context),
    ];
  }
  const at = findOutside(tokens, 0, (token) => token.kind === 'word' && token.value in SET_OPERATORS);
  const block = tokens.slice(0, at);
  const beside = inSet || at < tokens.length;
  const translated = isSymbol(block[0], '(') ? expressions(block, context) : translateBlock(block, context, beside);
  if (at === tokens.length) return translated;
  const all = isWord(tokens[at + 1], 'ALL');
  const operator = raw(`${SET_OPERATORS[tokens[at]!.value]}${all ? ' ALL' : ''}`);
  return [...translated, operator, ...translateQuery(tokens.slice(at + (all ? 2 : 1)), context, true)];
};
