import type { TranslationContext } from './context';
import { BRACKET_WORDS, COUNTING_FUNCTIONS, OWN_FUNCTIONS, SAME_FUNCTIONS } from './functions';
import { swapCase } from './names';
import { notSupported, OracleError } from './oracle-error';
import { type Arguments, bracketed, call, SPECIAL } from './special-calls';
import { behindBracket, findOutside, isName, isSymbol, isWord, raw, splitOutside, type Token } from './tokens';
import { translateTypeAt } from './translate-types';

type Query = (tokens: readonly Token[], context: TranslationContext) => Token[];
const VALUES_WITHOUT_BRACKETS: Readonly<Record<string, string>> = {
  SYSTIMESTAMP: 'statement_timestamp()',
  CURRENT_TIMESTAMP: 'statement_timestamp()',
  LOCALTIMESTAMP: 'statement_timestamp()::timestamp',
  SYSDATE: "date_trunc('second', statement_timestamp())::timestamp(0)",
  CURRENT_DATE: "date_trunc('second', statement_timestamp())::timestamp(0)",
  USER: "ora.sys_context('USERENV', 'CURRENT_USER')",
  MINUS: 'EXCEPT',
};

/**
 * Translates `JSON_TABLE(value, path COLUMNS (name type PATH p, …))`; PostgreSQL requires a value
 * of type JSON and its own types.
 */
const jsonTable = (inside: readonly Token[], context: TranslationContext, query: Query): Token[] => {
  const comma = findOutside(inside, 0, (token) => isSymbol(token, ','));
  const source = inside.slice(0, comma).filter((token) => !isWord(token, 'FORMAT', 'JSON'));
  const columns = findOutside(inside, comma, (token) => isWord(token, 'COLUMNS'));
  const path = inside.slice(comma + 1, columns);
  const list = isSymbol(inside[columns + 1], '(')
    ? inside.slice(columns + 2, behindBracket(inside, columns + 1) - 1)
    : [];
  const translated = splitOutside(list).flatMap((column, at) => {
    const comma = at === 0 ? [] : [raw(',')];
    const [name, ...rest] = column;
    if (isWord(rest[0], 'FOR')) return [...comma, ...column];
    const { token, next } = translateTypeAt(rest, 0);
    return [...comma, name!, token, ...rest.slice(next)];
  });
  const value = translateExpressions(source, context, query);
  return [
    raw('json_table('),
    ...bracketed(value),
    raw('::jsonb,'),
    ...path,
    raw('COLUMNS ('),
    ...translated,
    raw('))'),
  ];
};

const listAggregate = (
  args: Arguments,
  tokens: readonly Token[],
  end: number,
  translate: (t: readonly Token[]) => Token[],
) => {
  const [value = [], separator = [raw('NULL')]] = args;
  if (!isWord(tokens[end], 'WITHIN') || !isSymbol(tokens[end + 2], '('))
    throw new OracleError(30491, 'missing ORDER BY clause');
  const next = behindBracket(tokens, end + 2);
  const order = translate(tokens.slice(end + 3, next - 1));
  return { tokens: [raw('string_agg('), ...bracketed(value), raw('::text,'), ...separator, ...order, raw(')')], next };
};

const castArguments = (inside: readonly Token[], context: TranslationContext, query: Query): Token[] => {
  const as = findOutside(inside, 0, (token) => isWord(token, 'AS'));
  const { token, next } = translateTypeAt(inside, as + 1);
  return [
    raw('cast('),
    ...translateExpressions(inside.slice(0, as), context, query),
    raw('AS'),
    token,
    ...inside.slice(next),
    raw(')'),
  ];
};

/** Translates a word followed by a bracket. Also returns the index after it. */
const callAt = (tokens: readonly Token[], at: number, context: TranslationContext, query: Query) => {
  const token = tokens[at] as Token;
  const end = behindBracket(tokens, at + 1);
  const inside = tokens.slice(at + 2, end - 1);
  const name = token.value;
  if (name === 'JSON_TABLE') return { tokens: jsonTable(inside, context, query), next: end };
  if (name === 'CAST') return { tokens: castArguments(inside, context, query), next: end };
  const translate = (part: readonly Token[]): Token[] => translateExpressions(part, context, query);
  if (name === 'EXTRACT' || name === 'TRIM') {
    return { tokens: [raw(name === 'TRIM' ? 'ora.trim(' : 'extract('), ...translate(inside), raw(')')], next: end };
  }
  const args = inside.length === 0 ? [] : splitOutside(inside).map(translate);
  if (name === 'LISTAGG') return listAggregate(args, tokens, end, translate);
  const special = SPECIAL[name];
  if (special !== undefined) return { tokens: special(args, context), next: end };
  if (OWN_FUNCTIONS.has(name)) return { tokens: call(`ora.${name.toLowerCase()}`, args), next: end };
  if (COUNTING_FUNCTIONS.has(name))
    return {
      tokens: call(
        name.toLowerCase(),
        splitOutside(inside).map((arg) => (arg.length === 1 ? arg : translate(arg))),
      ),
      next: end,
    };
  if (SAME_FUNCTIONS.has(name)) return { tokens: [token, raw('('), ...translate(inside), raw(')')], next: end };
  return undefined;
};

const isColumnList = (tokens: readonly Token[], at: number): boolean => {
  const before = tokens[at - 1];
  const behind = tokens[behindBracket(tokens, at + 1)];
  return (
    isWord(before, 'INTO', 'JOIN', 'TABLE', 'INDEX', 'ON', 'VIEW', 'REFERENCES', 'CONSTRAINT') ||
    before?.text === '.' ||
    isWord(behind, 'AS')
  );
};

const sequenceCall = (tokens: readonly Token[], at: number): { token: Token; next: number } | undefined => {
  const first = tokens[at];
  if (!isName(first) || tokens[at + 1]?.text !== '.') return undefined;
  const names = [first];
  let next = at + 2;
  while (isName(tokens[next]) && tokens[next + 1]?.text === '.') {
    names.push(tokens[next]!);
    next += 2;
  }
  const what = tokens[next];
  if (!isWord(what, 'NEXTVAL', 'CURRVAL')) return undefined;
  const sequence = names.map(({ value }) => `"${swapCase(value)}"`).join('.');
  return { token: raw(`${what!.value.toLowerCase()}('${sequence}')`), next: next + 1 };
};

/** Translates ROWID to ctid; texts compared with it are converted to an address. */
const rowidAt = (tokens: readonly Token[], at: number): { tokens: Token[]; next: number } => {
  const end = isWord(tokens[at + 1], 'IN')
    ? behindBracket(tokens, at + 2)
    : isSymbol(tokens[at + 1], '=')
      ? at + 3
      : at + 1;
  const compared = tokens.slice(at + 1, end);
  const wrapped = compared.flatMap((token) =>
    token.kind === 'bind' || token.kind === 'string' ? [raw('ora.chartorowid('), token, raw(')')] : [token],
  );
  return isWord(compared[1], 'CHARTOROWID') || compared.some((token) => isWord(token, 'SELECT'))
    ? { tokens: [raw('ctid')], next: at + 1 }
    : { tokens: [raw('ctid'), ...wrapped], next: end };
};

/**
 * Translates expressions with all their contents: functions, literals, and subqueries in brackets
 * (through `query`).
 */
export const translateExpressions = (tokens: readonly Token[], context: TranslationContext, query: Query): Token[] => {
  const out: Token[] = [];
  let at = 0;
  while (at < tokens.length) {
    const token = tokens[at] as Token;
    const following = tokens[at + 1];
    if (isSymbol(token, '(')) {
      const end = behindBracket(tokens, at);
      const inside = tokens.slice(at + 1, end - 1);
      if (inside.length === 1 && isSymbol(inside[0], '+')) throw notSupported('outer joins with (+)');
      const isQuery = isWord(inside[0], 'SELECT', 'WITH');
      out.push(
        raw('('),
        ...(isQuery ? query(inside, context) : translateExpressions(inside, context, query)),
        raw(')'),
      );
      at = end;
      continue;
    }
    const sequence = sequenceCall(tokens, at);
    if (sequence !== undefined) {
      out.push(sequence.token);
      at = sequence.next;
      continue;
    }
    if (isWord(token, 'ROWID')) {
      const rowid = rowidAt(tokens, at);
      out.push(...rowid.tokens);
      at = rowid.next;
      continue;
    }
    if (isWord(token, 'AT') && isWord(following, 'TIME') && isWord(tokens[at + 2], 'ZONE')) {
      out.push(raw('OPERATOR(ora.@@@)'));
      at += 3;
      continue;
    }
    if (isWord(token, 'DATE') && following?.kind === 'string') {
      out.push(raw('timestamp'));
      at += 1;
      continue;
    }
    if (token.kind === 'word' && tokens[at - 1]?.text !== '.') {
      if (isSymbol(following, '(') && !BRACKET_WORDS.has(token.value)) {
        const found = callAt(tokens, at, context, query);
        if (found !== undefined) {
          out.push(...found.tokens);
          at = found.next;
          continue;
        }
        if (!isColumnList(tokens, at)) throw new OracleError(904, `"${token.value}": invalid identifier`, token.at);
      }
      const value = VALUES_WITHOUT_BRACKETS[token.value];
      if (value !== undefined && following?.text !== '.') {
        out.push(raw(value));
        at += 1;
        continue;
      }
    }
    // Every number is a NUMBER: PostgreSQL would divide whole numbers as integers.
    out.push(token.kind === 'number' ? raw(`${token.text}::numeric`) : token);
    at += 1;
  }
  return out;
};
