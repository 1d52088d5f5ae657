import type { TranslationContext } from './context';
import { refuseJoinedUpdate } from './merge-columns';
import { mergeSnapshot } from './merge-snapshot';
import { qualifiedNameAt } from './names';
import { notSupported } from './oracle-error';
import { takeRownum } from './rownum';
import { tableAt, tableName } from './tables';
import { behindBracket, findOutside, isName, isSymbol, isWord, raw, splitOutside, type Token } from './tokens';
import { translateExpressions } from './translate-expression';
import { translateQuery } from './translate-query';

const expressions = (tokens: readonly Token[], context: TranslationContext): Token[] =>
  translateExpressions(tokens, context, translateQuery);

/** Removes INTO from RETURNING: the values are returned with the rows. */
const splitReturning = (tokens: readonly Token[], context: TranslationContext) => {
  const at = findOutside(tokens, 0, (token) => isWord(token, 'RETURNING', 'RETURN'));
  if (at === tokens.length) return { body: tokens, returning: [] };
  const into = findOutside(tokens, at, (token) => isWord(token, 'INTO'));
  return {
    body: tokens.slice(0, at),
    returning: [raw('RETURNING'), ...expressions(tokens.slice(at + 1, into), context)],
  };
};

/** Translates assignments; PostgreSQL requires unqualified targets. */
const assignments = (set: readonly Token[], context: TranslationContext): Token[] =>
  splitOutside(set).flatMap((assignment, at) => {
    const qualified = isName(assignment[0]) && assignment[1]?.text === '.';
    const target = qualified ? assignment.slice(2) : assignment;
    return [...(at === 0 ? [] : [raw(',')]), ...expressions(target, context)];
  });

const limitedRows = (table: readonly Token[], rest: readonly Token[], limit: readonly Token[]): Token[] => {
  const where = rest.length > 0 ? [raw('WHERE'), ...rest] : [];
  return [
    raw('WHERE ctid = ANY (ARRAY(SELECT ctid FROM'),
    ...table,
    ...where,
    raw('LIMIT'),
    ...limit,
    raw('FOR UPDATE))'),
  ];
};

const whereClause = (condition: readonly Token[] | undefined, table: readonly Token[], context: TranslationContext) => {
  if (condition === undefined) return [];
  const { rest, limit } = takeRownum(expressions(condition, context));
  return limit === undefined ? [raw('WHERE'), ...rest] : limitedRows(table, rest, limit);
};

const split = (tokens: readonly Token[], from: number, word: string) => {
  const at = findOutside(tokens, from, (token) => isWord(token, word));
  return { before: tokens.slice(from, at), behind: at < tokens.length ? tokens.slice(at + 1) : undefined };
};

const refuseErrorLog = (tokens: readonly Token[]): void => {
  if (tokens.some((token, at) => isWord(token, 'LOG') && isWord(tokens[at + 1], 'ERRORS')))
    throw notSupported('LOG ERRORS');
};

const translateDelete = (body: readonly Token[], context: TranslationContext): Token[] => {
  const table = tableAt(body, isWord(body[1], 'FROM') ? 2 : 1, context);
  if (table === undefined) throw notSupported('DELETE from a query');
  const { behind } = split(body, table.next, 'WHERE');
  return [raw('DELETE FROM'), ...table.tokens, ...whereClause(behind, table.tokens, context)];
};

const translateUpdate = (body: readonly Token[], context: TranslationContext): Token[] => {
  const table = tableAt(body, 1, context);
  if (table === undefined) throw notSupported('UPDATE of a query');
  const { before, behind } = split(body, table.next + 1, 'WHERE');
  const set = assignments(before, context);
  return [raw('UPDATE'), ...table.tokens, raw('SET'), ...set, ...whereClause(behind, table.tokens, context)];
};

/** Translates `INTO table [(columns)]` at an index. Also returns the index after it. */
const intoAt = (tokens: readonly Token[], at: number, context: TranslationContext) => {
  const name = qualifiedNameAt(tokens, at + 1);
  if (name === undefined) throw notSupported('INSERT into a query');
  const alias = isName(tokens[name.next]) && !isWord(tokens[name.next], 'VALUES', 'SELECT', 'WITH') ? 1 : 0;
  const columnsAt = name.next + alias;
  const hasColumns = isSymbol(tokens[columnsAt], '(') && !isWord(tokens[columnsAt + 1], 'SELECT', 'WITH');
  const end = hasColumns ? behindBracket(tokens, columnsAt) : columnsAt;
  const columns = tokens
    .slice(columnsAt, end)
    .filter((_, index, all) => !(all[index + 1]?.text === '.' || all[index]?.text === '.'));
  return { tokens: [raw(`INSERT INTO ${tableName(context, name)}`), ...columns], next: end };
};

const translateInsert = (body: readonly Token[], context: TranslationContext): Token[] => {
  const { tokens, next } = intoAt(body, 1, context);
  const rest = body.slice(next);
  if (isWord(rest[0], 'VALUES')) return [...tokens, raw('VALUES'), ...expressions(rest.slice(1), context)];
  return [...tokens, ...(isSymbol(rest[0], '(') ? expressions(rest, context) : translateQuery(rest, context))];
};

/** Translates INSERT ALL … SELECT * FROM DUAL: a row into each table. Counts the sum. */
const translateInsertAll = (body: readonly Token[], context: TranslationContext): Token[] => {
  const select = findOutside(body, 0, (token) => isWord(token, 'SELECT'));
  const source = body
    .slice(select)
    .map(({ value }) => value)
    .join(' ');
  if (!/^SELECT (\*|1) FROM DUAL$/.test(source)) throw notSupported('INSERT ALL from a query');
  const parts: Token[] = [];
  let at = 2;
  let count = 0;
  while (at < select) {
    const { tokens, next } = intoAt(body, at, context);
    const end = findOutside(body, next, (token) => isWord(token, 'INTO'), select);
    parts.push(
      raw(`${count === 0 ? 'WITH' : ','} i${count} AS (`),
      ...tokens,
      ...expressions(body.slice(next, end), context),
      raw('RETURNING 1)'),
    );
    count += 1;
    at = end;
  }
  const sum = Array.from({ length: count }, (_, index) => `SELECT 1 FROM i${index}`).join(' UNION ALL ');
  return [...parts, raw(sum)];
};

/** Finds the sections of a branch: its action, and the WHERE within it. */
const partsOf = (branch: readonly Token[]) => {
  const then = findOutside(branch, 0, (token) => isWord(token, 'THEN'));
  const action = branch.slice(then + 1);
  return { then, action, where: findOutside(action, 0, (token) => isWord(token, 'WHERE')) };
};

/**
 * Translates a branch of MERGE.
 * @param filter translated replacement of an UPDATE's WHERE
 */
const mergeBranch = (
  branch: readonly Token[],
  context: TranslationContext,
  filter: readonly Token[] | undefined,
): Token[] => {
  const { then, action, where } = partsOf(branch);
  if (findOutside(action, where + 1, (token) => isWord(token, 'DELETE', 'WHERE')) < action.length)
    throw notSupported('DELETE in MERGE');
  const own = isWord(action[0], 'UPDATE') ? filter : undefined;
  const condition =
    where < action.length ? [raw('AND ('), ...(own ?? expressions(action.slice(where + 1), context)), raw(')')] : [];
  const head = [raw('WHEN'), ...branch.slice(1, then), ...condition, raw('THEN')];
  if (isWord(action[0], 'UPDATE')) return [...head, raw('UPDATE SET'), ...assignments(action.slice(2, where), context)];
  const columnsEnd = isSymbol(action[1], '(') ? behindBracket(action, 1) : 1;
  const columns = action
    .slice(1, columnsEnd)
    .filter((token, at, all) => !(all[at + 1]?.text === '.' || token.text === '.'));
  return [...head, raw('INSERT'), ...columns, ...expressions(action.slice(columnsEnd, where), context)];
};

const translateMerge = (body: readonly Token[], context: TranslationContext): Token[] => {
  const target = tableAt(body, 2, context);
  if (target === undefined) throw notSupported('MERGE into a query');
  const on = findOutside(body, target.next, (token) => isWord(token, 'ON'));
  const source =
    tableAt(body, target.next + 1, context)?.tokens ?? expressions(body.slice(target.next + 1, on), context);
  let at = findOutside(body, on, (token) => isWord(token, 'WHEN'));
  refuseJoinedUpdate(body.slice(on + 1, at), body.slice(at), target.label.value || target.label.text);
  const joined = expressions(body.slice(on + 1, at), context);
  const branches: (readonly Token[])[] = [];
  while (at < body.length) {
    const end = findOutside(body, at + 1, (token) => isWord(token, 'WHEN'));
    branches.push(body.slice(at, end));
    at = end;
  }
  const updates = branches
    .map(partsOf)
    .filter(({ action, where }) => isWord(action[0], 'UPDATE') && where < action.length);
  const [snapshot] = updates.map(({ action, where }) =>
    mergeSnapshot({
      target,
      source,
      on: joined,
      set: action.slice(2, where),
      where: expressions(action.slice(where + 1), context),
    }),
  );
  return [
    raw('MERGE INTO'),
    ...target.tokens,
    raw('USING'),
    ...(snapshot?.source ?? source),
    raw('ON'),
    ...joined,
    ...branches.flatMap((branch) => mergeBranch(branch, context, snapshot?.where)),
  ];
};

/** Translates `LOCK TABLE t IN … MODE [NOWAIT]`. */
const translateLock = (body: readonly Token[], context: TranslationContext): Token[] => {
  const mode = findOutside(body, 2, (token) => isWord(token, 'IN'));
  const table = tableAt(body.slice(0, mode), 2, context);
  return [raw('LOCK TABLE'), ...(table?.tokens.slice(0, 1) ?? []), ...body.slice(mode)];
};

/** Translates INSERT, UPDATE, DELETE, MERGE and LOCK TABLE. */
export const translateDml = (tokens: readonly Token[], context: TranslationContext): Token[] => {
  refuseErrorLog(tokens);
  const { body, returning } = splitReturning(tokens, context);
  const translate = { DELETE: translateDelete, UPDATE: translateUpdate, MERGE: translateMerge, LOCK: translateLock }[
    tokens[0]!.value
  ];
  if (translate !== undefined) return [...translate(body, context), ...returning];
  if (isWord(body[1], 'ALL', 'FIRST')) return translateInsertAll(body, context);
  return [...translateInsert(body, context), ...returning];
};
