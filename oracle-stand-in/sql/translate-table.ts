import type { TranslationContext } from './context';
import { qualifiedNameAt, toPostgresName } from './names';
import { notSupported, OracleError } from './oracle-error';
import { render } from './render';
import { stripStorage } from './strip-storage';
import { tableName } from './tables';
import { behindBracket, findOutside, isName, isSymbol, isWord, raw, splitOutside, type Token } from './tokens';
import { translateExpressions } from './translate-expression';
import { translateQuery } from './translate-query';
import { typeAt } from './translate-types';

/** Statements for PostgreSQL, and what else must be recorded. */
export type TableChange = {
  readonly owner: string;
  readonly table: string;
  readonly statements: readonly string[];
  /** Types that must exist first. */
  readonly domains: readonly string[];
  readonly tablespace: string | undefined;
};

const COLUMN_CLAUSES = [
  'NOT',
  'NULL',
  'CONSTRAINT',
  'PRIMARY',
  'UNIQUE',
  'CHECK',
  'REFERENCES',
  'GENERATED',
  'DEFAULT',
  'VISIBLE',
  'INVISIBLE',
];

const expressions = (tokens: readonly Token[], context: TranslationContext): Token[] =>
  translateExpressions(tokens, { ...context, inDdl: true }, translateQuery);

let unnamed = Math.floor(Math.random() * 900_000);

/** Returns a name such as Oracle generates for an unnamed constraint. */
const systemName = (): string => {
  unnamed += 1;
  return toPostgresName(`SYS_C00${8_000_000 + unnamed}`);
};

const references = (tokens: readonly Token[], context: TranslationContext): Token[] => {
  const name = qualifiedNameAt(tokens, 1)!;
  return [raw(`REFERENCES ${tableName(context, name)}`), ...tokens.slice(name.next)];
};

/**
 * Translates `[CONSTRAINT n] PRIMARY KEY … | UNIQUE … | CHECK (…) | FOREIGN KEY … | REFERENCES …`,
 * without storage clauses.
 */
const constraint = (tokens: readonly Token[], context: TranslationContext): string => {
  const named = isWord(tokens[0], 'CONSTRAINT');
  const name = named ? toPostgresName(tokens[1]!.value) : systemName();
  const body = named ? tokens.slice(2) : tokens;
  const at = findOutside(body, 0, (token) => isWord(token, 'REFERENCES'));
  const translated =
    at < body.length ? [...body.slice(0, at), ...references(body.slice(at), context)] : expressions(body, context);
  return `CONSTRAINT ${name} ${render(translated)}`;
};

const identity = (tokens: readonly Token[]): { sql: string; onNull: boolean; next: number } => {
  const as = findOutside(tokens, 0, (token) => isWord(token, 'IDENTITY'));
  const options = isSymbol(tokens[as + 1], '(') ? tokens.slice(as + 2, behindBracket(tokens, as + 1) - 1) : [];
  const start = options.findIndex((token) => isWord(token, 'START'));
  const value = start < 0 ? '' : ` (START WITH ${options[start + 2]!.text})`;
  const always = isWord(tokens[1], 'ALWAYS');
  // An Oracle instance assigns cached numbers in order, but PostgreSQL caches them per session, so
  // there is no cache here.
  return {
    sql: `GENERATED ${always ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY${value}`,
    onNull: tokens.slice(0, as).some((token) => isWord(token, 'ON')),
    next: isSymbol(tokens[as + 1], '(') ? behindBracket(tokens, as + 1) : as + 1,
  };
};

export type ColumnDefinition = {
  readonly name: string;
  readonly sql: string;
  readonly domain: string | undefined;
  readonly onNull: boolean;
};

/** Translates one column of CREATE TABLE or ALTER TABLE ADD. */
export const columnDefinition = (tokens: readonly Token[], context: TranslationContext): ColumnDefinition => {
  const [name] = tokens;
  if (!isName(name)) throw new OracleError(904, ': invalid identifier');
  const type = typeAt(tokens, 1, true);
  if (type === undefined) throw new OracleError(902, 'invalid datatype');
  const parts: string[] = [];
  let sqlType = type.sql;
  let onNull = false;
  let at = type.next;
  while (at < tokens.length) {
    const token = tokens[at] as Token;
    if (isWord(token, 'DEFAULT')) {
      const skip = isWord(tokens[at + 1], 'ON') ? 3 : 1;
      const end = findOutside(tokens, at + skip + 1, (other) => isWord(other, ...COLUMN_CLAUSES));
      parts.push(`DEFAULT ${render(expressions(tokens.slice(at + skip, end), context))}`);
      at = end;
    } else if (isWord(token, 'GENERATED') && !isSymbol(tokens[at + 3], '(')) {
      const found = identity(tokens.slice(at));
      parts.push(found.sql);
      sqlType = 'bigint';
      onNull = found.onNull;
      at += found.next;
    } else if (isWord(token, 'GENERATED')) {
      const end = behindBracket(tokens, at + 3);
      parts.push(`GENERATED ALWAYS AS (${render(expressions(tokens.slice(at + 4, end - 1), context))}) STORED`);
      at = isWord(tokens[end], 'VIRTUAL') ? end + 1 : end;
    } else if (isWord(token, 'NOT') || isWord(token, 'NULL')) {
      parts.push(isWord(token, 'NOT') ? 'NOT NULL' : 'NULL');
      at += isWord(token, 'NOT') ? 2 : 1;
    } else if (isWord(token, 'CONSTRAINT') && isWord(tokens[at + 2], 'NOT')) {
      parts.push('NOT NULL');
      at += 4;
    } else {
      const from = isWord(token, 'CONSTRAINT') ? at + 3 : at + 1;
      const end = findOutside(tokens, from, (other) =>
        isWord(other, 'NOT', 'NULL', 'CONSTRAINT', 'PRIMARY', 'UNIQUE', 'CHECK', 'DEFAULT', 'GENERATED'),
      );
      parts.push(constraint(tokens.slice(at, end), context));
      at = end;
    }
  }
  const domain = sqlType.startsWith('ora."') ? sqlType : undefined;
  return {
    name: name.value,
    sql: `${toPostgresName(name.value)} ${sqlType} ${parts.join(' ')}`.trim(),
    domain,
    onNull,
  };
};

const TABLE_CONSTRAINTS = ['CONSTRAINT', 'PRIMARY', 'UNIQUE', 'CHECK', 'FOREIGN'];

export const isTableConstraint = (item: readonly Token[]): boolean =>
  isWord(item[0], ...TABLE_CONSTRAINTS) &&
  !(isName(item[1]) && typeAt(item, 1, true) !== undefined && !isWord(item[0], 'CONSTRAINT'));

export const tableConstraint = (item: readonly Token[], context: TranslationContext): string =>
  constraint(item, context);

/** Returns comments that mark identity columns which also replace an explicit NULL. */
const onNullComments = (table: string, columns: readonly ColumnDefinition[]): string[] =>
  columns
    .filter(({ onNull }) => onNull)
    .map(({ name }) => `COMMENT ON COLUMN ${table}.${toPostgresName(name)} IS 'on null'`);

/**
 * Translates CREATE TABLE. Tablespaces of partitions and storage clauses are checked; the clauses
 * are dropped.
 */
export const translateCreateTable = (tokens: readonly Token[], context: TranslationContext): TableChange => {
  const temporary = isWord(tokens[1], 'GLOBAL', 'PRIVATE');
  if (temporary) throw notSupported('temporary tables');
  const name = qualifiedNameAt(tokens, 2)!;
  const owner = name.owner ?? context.schema;
  const table = `${toPostgresName(owner)}.${toPostgresName(name.name)}`;
  if (!isSymbol(tokens[name.next], '(')) {
    const { rest, tablespaces } = stripStorage(tokens.slice(name.next), context.tablespaces);
    if (isWord(rest[0], 'FOR')) throw notSupported('CREATE TABLE FOR EXCHANGE');
    const query = render(translateQuery(rest.slice(1), context));
    return {
      owner,
      table: name.name,
      statements: [`CREATE TABLE ${table} AS ${query}`],
      domains: [],
      tablespace: tablespaces[0],
    };
  }
  const end = behindBracket(tokens, name.next);
  const tail = stripStorage(tokens.slice(end), context.tablespaces);
  const columns: ColumnDefinition[] = [];
  const lines = splitOutside(tokens.slice(name.next + 1, end - 1)).map((item) => {
    const { rest } = stripStorage(item, context.tablespaces);
    if (isTableConstraint(rest)) return constraint(rest, context);
    const column = columnDefinition(rest, context);
    if (columns.some((other) => other.name === column.name)) throw new OracleError(957, 'duplicate column name');
    columns.push(column);
    return column.sql;
  });
  return {
    owner,
    table: name.name,
    statements: [`CREATE TABLE ${table} (${lines.join(', ')})`, ...onNullComments(table, columns)],
    domains: columns.flatMap(({ domain }) => domain ?? []),
    tablespace: tail.tablespaces[0],
  };
};
