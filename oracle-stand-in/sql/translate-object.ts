import { withColumnName } from './column-names';
import type { TranslationContext } from './context';
import { qualifiedNameAt, toPostgresName } from './names';
import { notSupported, OracleError } from './oracle-error';
import { render } from './render';
import { stripStorage } from './strip-storage';
import { tableName } from './tables';
import { behindBracket, findOutside, isSymbol, isWord, splitOutside, type Token } from './tokens';
import { translateExpressions } from './translate-expression';
import { translateQuery } from './translate-query';

/** An object created by DDL: its PostgreSQL statements, owner and tablespace. */
export type ObjectChange = {
  readonly owner: string;
  readonly name: string;
  readonly statements: readonly string[];
  readonly tablespace: string | undefined;
};

/** Translates CREATE [UNIQUE] INDEX, including indexes on expressions. */
export const translateCreateIndex = (tokens: readonly Token[], context: TranslationContext): ObjectChange => {
  const unique = isWord(tokens[1], 'UNIQUE');
  const at = tokens.findIndex((token) => isWord(token, 'INDEX'));
  const name = qualifiedNameAt(tokens, at + 1)!;
  const table = qualifiedNameAt(tokens, name.next + 1)!;
  const end = behindBracket(tokens, table.next);
  const { tablespaces } = stripStorage(tokens.slice(end), context.tablespaces);
  const columns = splitOutside(tokens.slice(table.next + 1, end - 1)).map((item) => {
    const sorted = isWord(item.at(-1), 'ASC', 'DESC') && item.length > 1;
    const expression = sorted ? item.slice(0, -1) : item;
    const text = render(translateExpressions(expression, { ...context, inDdl: true }, translateQuery));
    return `${expression.length === 1 ? text : `(${text})`}${sorted ? ` ${item.at(-1)!.value}` : ''}`;
  });
  const owner = name.owner ?? context.schema;
  const target = tableName(context, { owner: table.owner ?? owner, name: table.name });
  const text = `CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${toPostgresName(name.name)} ON ${target} (${columns.join(', ')})`;
  return { owner, name: name.name, statements: [text], tablespace: tablespaces[0] };
};

/** Translates CREATE [OR REPLACE] VIEW with check option. Only privileges enforce READ ONLY. */
export const translateCreateView = (tokens: readonly Token[], context: TranslationContext): ObjectChange => {
  const at = tokens.findIndex((token) => isWord(token, 'VIEW'));
  const name = qualifiedNameAt(tokens, at + 1)!;
  const as = findOutside(tokens, name.next, (token) => isWord(token, 'AS'));
  const option = findOutside(
    tokens,
    as,
    (token, index) => isWord(token, 'WITH') && isWord(tokens[index + 1], 'CHECK', 'READ'),
  );
  const columns = isSymbol(tokens[name.next], '(')
    ? ` (${tokens
        .slice(name.next + 1, behindBracket(tokens, name.next) - 1)
        .filter((token) => !isSymbol(token, ','))
        .map((token) => toPostgresName(token.value))
        .join(', ')})`
    : '';
  const from = findOutside(tokens, as, (token) => isWord(token, 'FROM'));
  const list = isWord(tokens[as + 1], 'SELECT') && columns === '' ? splitOutside(tokens.slice(as + 2, from)) : [];
  if (list.some((item) => withColumnName(item) !== item))
    throw new OracleError(998, 'must name this expression with a column alias');
  const owner = name.owner ?? context.schema;
  const query = render(translateQuery(tokens.slice(as + 1, option), context));
  const check = isWord(tokens[option + 1], 'CHECK') ? ' WITH CASCADED CHECK OPTION' : '';
  const replace = isWord(tokens[1], 'OR') ? ' OR REPLACE' : '';
  const view = `${toPostgresName(owner)}.${toPostgresName(name.name)}`;
  return {
    owner,
    name: name.name,
    statements: [`CREATE${replace} VIEW ${view}${columns} AS ${query}${check}`],
    tablespace: undefined,
  };
};

/** Translates CREATE SEQUENCE. Numbers are assigned in order, so CACHE has no effect. */
export const translateCreateSequence = (tokens: readonly Token[], context: TranslationContext): ObjectChange => {
  const name = qualifiedNameAt(tokens, 2)!;
  const owner = name.owner ?? context.schema;
  const words: string[] = [];
  for (let at = name.next; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    if (isWord(token, 'CACHE')) at += 1;
    else if (isWord(token, 'NOMAXVALUE', 'NOMINVALUE', 'NOCYCLE')) words.push(`NO ${token.value.slice(2)}`);
    else if (isWord(token, 'NOCACHE', 'ORDER', 'NOORDER', 'SCALE', 'NOSCALE', 'KEEP', 'NOKEEP')) continue;
    else words.push(token.text);
  }
  const sequence = `${toPostgresName(owner)}.${toPostgresName(name.name)}`;
  return {
    owner,
    name: name.name,
    statements: [`CREATE SEQUENCE ${sequence} ${words.join(' ')}`],
    tablespace: undefined,
  };
};

/** Translates DROP TABLE, VIEW, INDEX and SEQUENCE. */
export const translateDrop = (tokens: readonly Token[], context: TranslationContext): ObjectChange => {
  const kind = tokens[1]!.value;
  if (!['TABLE', 'VIEW', 'INDEX', 'SEQUENCE'].includes(kind)) throw notSupported(`DROP ${kind}`);
  const name = qualifiedNameAt(tokens, 2)!;
  const owner = name.owner ?? context.schema;
  const cascade = isWord(tokens[name.next], 'CASCADE') ? ' CASCADE' : '';
  const object = `${toPostgresName(owner)}.${toPostgresName(name.name)}`;
  return { owner, name: name.name, statements: [`DROP ${kind} ${object}${cascade}`], tablespace: undefined };
};

/** PostgreSQL has a form of its own for views, and no bind in a comment. */
const toComment = (kind: 'COLUMN' | 'TABLE', object: string, words: string): string => {
  const literal = `'${words.replaceAll("'", "''")}'`;
  if (kind === 'COLUMN') return `COMMENT ON COLUMN ${object} IS ${literal}`;
  return `DO $comment$ BEGIN
  EXECUTE format('COMMENT ON %s %s IS %L', CASE (SELECT relkind FROM pg_class WHERE oid = '${object}'::regclass) WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END,
                 '${object}'::regclass, ${literal});
END $comment$`;
};

/** Translates COMMENT ON TABLE | COLUMN and TRUNCATE TABLE. */
export const translateCommentOrTruncate = (tokens: readonly Token[], context: TranslationContext): ObjectChange => {
  const comment = isWord(tokens[0], 'COMMENT');
  const at = comment ? 3 : 2;
  const is = findOutside(tokens, at, (token) => isWord(token, 'IS'));
  const names = tokens.slice(at, comment ? is : at + 3).filter((token) => token.text !== '.');
  const isColumn = comment && isWord(tokens[2], 'COLUMN');
  const qualified = comment ? names.length === (isColumn ? 3 : 2) : tokens[at + 1]?.text === '.';
  const owner = qualified ? names[0]!.value : context.schema;
  const parts = (qualified ? names.slice(1) : names).map((token) => toPostgresName(token.value));
  const object = [toPostgresName(owner), ...(comment ? parts : parts.slice(0, 1))].join('.');
  const name = (qualified ? names[1] : names[0])!.value;
  const text = comment
    ? toComment(isColumn ? 'COLUMN' : 'TABLE', object, tokens.at(-1)!.value)
    : `TRUNCATE TABLE ${object}`;
  return { owner, name, statements: [text], tablespace: undefined };
};
