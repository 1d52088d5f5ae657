import { swapCase, toPostgresName } from '../sql/names';
import { notSupported, OracleError } from '../sql/oracle-error';
import { render } from '../sql/render';
import { behindBracket, isName, isSymbol, isWord, raw, splitOutside, type Token } from '../sql/tokens';
import { translateExpressions } from '../sql/translate-expression';
import { translateQuery } from '../sql/translate-query';
import type { Place } from './compilation';
import { CompileError, undeclared } from './compile-error';
import { PACKAGE_FUNCTIONS } from './runtime-functions';
import { type Entry, lookUp, type VariableEntry } from './scope';
import type { Tokens } from './syntax-tree';
import { toSqlType } from './types';

/** Placeholders of :NEW and :OLD until the function is written. */
export const NEW_ROW = '"new$0"';
export const OLD_ROW = '"old$0"';

type Found = { readonly token: Token; readonly next: number };

/** Functions that only SQL has. */
const ONLY_SQL = ['STANDARD_HASH', 'ORA_HASH', 'NVL2', 'LISTAGG', 'JSON_TABLE'];
const ONLY_SQL_SPECIAL = ['DECODE', 'DUMP', 'COUNT', 'MIN', 'MAX', 'SUM', 'AVG', 'ROWNUM', 'LEVEL'];

/** Clock functions that advance while a block runs. */
const CLOCK: Readonly<Record<string, string>> = {
  SYSTIMESTAMP: 'pg_catalog.clock_timestamp()',
  SYSDATE: `pg_catalog.date_trunc('second', pg_catalog.clock_timestamp())::timestamp(0)`,
};

/**
 * Translates a PL/SQL expression for PostgreSQL.
 * @throws CompileError
 */
export const toExpression = (place: Place, tokens: Tokens): string => {
  const select = tokens.find((token) => isWord(token, 'SELECT', 'EXISTS'));
  if (select !== undefined)
    throw new CompileError(select.at, `PLS-00103: Encountered the symbol "${select.value}" in an expression`);
  return toText(tokens, 'PLS', () =>
    render(translateExpressions(resolveNames(place, tokens), place.unit.context, translateQuery)),
  );
};

/** Runs a translation, and converts its unknown names to the compiler's errors. */
export const toText = (tokens: Tokens, kind: 'PLS' | 'SQL', translate: () => string): string => {
  try {
    return translate();
  } catch (error) {
    if (!(error instanceof OracleError) || error.number !== 904) throw error;
    const name = /^"(.*?)"/.exec(error.message)?.[1] ?? '';
    const at = error.position ?? tokens[0]?.at ?? 0;
    throw kind === 'PLS' ? undeclared(at, name) : new CompileError(at, `PL/SQL: ORA-00904: ${error.message}`);
  }
};

/** Returns a variable's name. Records it as an argument when a function reads it. */
const referTo = (place: Place, entry: VariableEntry): string => {
  if (place.frame.kind === 'function' && entry.frame !== place.frame) place.frame.outer.set(entry.name, entry);
  return entry.name;
};

const callFunction = (
  place: Place,
  entry: Entry & { kind: 'function' },
  given: readonly Tokens[],
  at: number,
): string => {
  const { definition, call, outer, mutating } = entry;
  if (given.length !== definition.parameters.length)
    throw new CompileError(at, `PLS-00306: wrong number or types of arguments in call to '${definition.name}'`);
  const args = definition.parameters.map(
    ({ type }, index) => `(${toExpression(place, given[index]!)})::${toSqlType(type)}`,
  );
  if (mutating) {
    place.seen.mutating = true;
    if (place.rowLevel) return `(ora.mutating('${place.unit.table}'))::${toSqlType(definition.returns!)}`;
  }
  return `${call}(${[...args, ...[...outer.values()].map((read) => referTo(place, read))].join(', ')})`;
};

/** Resolves `:NEW.COLUMN`. */
const rowColumn = (place: Place, tokens: Tokens, at: number): Found => {
  const bind = tokens[at]!;
  const column = tokens[at + 2];
  const known = (bind.value === 'NEW' || bind.value === 'OLD') && tokens[at + 1]?.text === '.' && isName(column);
  if (!known || place.row === undefined || !place.unit.catalog.row.has(column.value))
    throw new CompileError(bind.at, `PLS-00049: bad bind variable '${bind.value}${known ? `.${column.value}` : ''}'`);
  return { token: raw(`${bind.value === 'NEW' ? NEW_ROW : OLD_ROW}.${toPostgresName(column.value)}`), next: at + 3 };
};

const ofCollection = (place: Place, entry: VariableEntry, tokens: Tokens, at: number): Found => {
  const name = referTo(place, entry);
  const method = tokens[at + 2];
  if (isSymbol(tokens[at + 1], '.') && isWord(method, 'COUNT', 'FIRST', 'LAST')) {
    const count = `pg_catalog.cardinality(${name})::numeric`;
    const text = { COUNT: count, FIRST: `(CASE WHEN ${count} > 0 THEN 1::numeric END)`, LAST: `nullif(${count}, 0)` };
    return { token: raw(text[method!.value as keyof typeof text]), next: at + 3 };
  }
  const exists = isSymbol(tokens[at + 1], '.') && isWord(method, 'EXISTS');
  const open = exists ? at + 3 : at + 1;
  if (!isSymbol(tokens[open], '(')) throw notSupported(`the collection ${tokens[at]!.value} as a whole`);
  const next = behindBracket(tokens, open);
  const index = toExpression(place, tokens.slice(open + 1, next - 1));
  const there = `coalesce((${index})::numeric BETWEEN 1 AND pg_catalog.cardinality(${name}), false)`;
  return { token: raw(exists ? there : `ora.element(${name}, (${index})::numeric)`), next };
};

/** Resolves a declared name at an index. */
const declaredAt = (place: Place, entry: Entry, tokens: Tokens, at: number, inSql: boolean): Found => {
  const token = tokens[at]!;
  const dotted = isSymbol(tokens[at + 1], '.');
  switch (entry.kind) {
    case 'counter':
      return { token: raw(`(${entry.name}::numeric)`), next: at + 1 };
    case 'record':
      if (!dotted || !isName(tokens[at + 2])) throw notSupported(`the record ${token.value} as a whole`);
      return { token: raw(`${entry.name}.${toPostgresName(tokens[at + 2]!.value)}`), next: at + 3 };
    case 'variable':
      if (entry.type.kind === 'collection') return ofCollection(place, entry, tokens, at);
      if (inSql && entry.type.kind === 'boolean')
        throw new CompileError(token.at, 'PLS-00382: expression is of wrong type');
      if (dotted) throw new CompileError(token.at, `PLS-00487: Invalid reference to variable '${token.value}'`);
      return { token: raw(referTo(place, entry)), next: at + 1 };
    case 'function': {
      if (inSql) throw new CompileError(token.at, `PLS-00231: function '${token.value}' may not be used in SQL`);
      const open = isSymbol(tokens[at + 1], '(');
      const next = open ? behindBracket(tokens, at + 1) : at + 1;
      const given = open ? splitOutside(tokens.slice(at + 2, next - 1)) : [];
      return { token: raw(callFunction(place, entry, given, token.at)), next };
    }
    default:
      throw new CompileError(token.at, `PLS-00222: no function with name '${token.value}' exists in this scope`);
  }
};

/** Resolves built-in names of PL/SQL: SQLCODE, the clock, functions of packages. */
const builtInAt = (place: Place, tokens: Tokens, at: number, inSql: boolean): Found | undefined => {
  const { value, at: offset } = tokens[at]!;
  const calls = isSymbol(tokens[at + 1], '(');
  if (value === 'SQL' && tokens[at + 1]?.text === '%') throw notSupported('SQL%ROWCOUNT and its like in a trigger');
  if (value in CLOCK) return { token: raw(CLOCK[value]!), next: at + 1 };
  if (value === 'SQLERRM') throw notSupported('SQLERRM');
  if (value === 'SQLCODE') {
    if (inSql) throw new CompileError(offset, `PLS-00231: function '${value}' may not be used in SQL`);
    const error = place.handling;
    return { token: raw(error === undefined ? '0::numeric' : `ora.sqlcode(${error}.number)`), next: at + 1 };
  }
  const packaged = PACKAGE_FUNCTIONS[`${value}.${tokens[at + 2]?.value}`];
  if (packaged !== undefined && isSymbol(tokens[at + 1], '.') && isSymbol(tokens[at + 3], '(')) {
    const next = behindBracket(tokens, at + 3);
    const args = splitOutside(tokens.slice(at + 4, next - 1)).map((arg) => toExpression(place, arg));
    return { token: raw(`${packaged}(${args.join(', ')})`), next };
  }
  if (inSql) return undefined;
  if (ONLY_SQL.includes(value) && calls) throw undeclared(offset, value);
  if (ONLY_SQL_SPECIAL.includes(value))
    throw new CompileError(
      offset,
      `PLS-00204: function or pseudo-column '${value}' may be used inside a SQL statement only`,
    );
  if (value === 'TO_NUMBER' && calls) {
    const next = behindBracket(tokens, at + 1);
    const given = splitOutside(tokens.slice(at + 2, next - 1));
    if (given.length !== 1) throw notSupported('TO_NUMBER with a format in PL/SQL');
    return { token: raw(`ora.as_number(${toExpression(place, given[0]!)})`), next };
  }
  return undefined;
};

/**
 * Replaces all PL/SQL names in the tokens by text for PostgreSQL.
 * @param columns for an SQL statement: columns of its tables, which take precedence over variables
 */
export const resolveNames = (place: Place, tokens: Tokens, columns?: ReadonlySet<string>): Token[] => {
  const out: Token[] = [];
  const inSql = columns !== undefined;
  let at = 0;
  while (at < tokens.length) {
    const token = tokens[at]!;
    let found: Found | undefined;
    if (token.kind === 'bind') found = rowColumn(place, tokens, at);
    else if (isName(token) && tokens[at - 1]?.text !== '.') {
      const entry = lookUp(place.scope, token.value);
      const isColumn = columns?.has(token.value) && !isSymbol(tokens[at + 1], '.', '(');
      if (entry !== undefined && entry.kind !== 'type' && !isColumn)
        found = declaredAt(place, entry, tokens, at, inSql);
      else if (token.kind === 'word' && !isColumn) found = builtInAt(place, tokens, at, inSql);
    }
    out.push(found?.token ?? token);
    at = found?.next ?? at + 1;
  }
  return out;
};

/** Returns the columns of all tables that a statement names. */
export const columnsIn = ({ unit }: Place, tokens: Tokens): ReadonlySet<string> =>
  new Set(
    tokens.flatMap((token) => (isName(token) ? [...(unit.catalog.columns.get(token.value) ?? [])].map(swapCase) : [])),
  );
