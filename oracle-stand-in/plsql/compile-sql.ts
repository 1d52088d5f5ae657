import { notSupported } from '../sql/oracle-error';
import { render } from '../sql/render';
import { isName, isSymbol, type Token } from '../sql/tokens';
import { translateDml } from '../sql/translate-dml';
import { translateQuery } from '../sql/translate-query';
import { type Check, declare, type Place, touchesOwnTable } from './compilation';
import { CompileError, undeclared } from './compile-error';
import { guard, waitOf } from './compile-guards';
import { columnsIn, NEW_ROW, resolveNames, toExpression, toText } from './resolve-names';
import { lookUp } from './scope';
import type { Statement, Tokens } from './syntax-tree';
import { fitTo, typeOfColumn } from './types';

const check = ({ unit }: Place, at: number, tokens: Tokens, kind: Check['kind'], text: string, more = {}): void => {
  unit.checks.push({ at, kind, text, tokens, ...more });
};

/** Compiles an expression, and records it for a check by PostgreSQL. */
export const checkedExpression = (place: Place, at: number, tokens: Tokens, boolean?: boolean): string => {
  const text = toExpression(place, tokens);
  check(place, at, tokens, boolean === undefined ? 'value' : boolean ? 'condition' : 'value', text, { boolean });
  return text;
};

/** Compiles an assignment of a value to a target. */
const toAssignment = (place: Place, target: Tokens, value: string, at: number): string => {
  const [first, second] = target;
  if (first?.kind === 'bind') {
    const name = resolveNames(place, target.slice(0, 3))[0]!.text;
    if (target.length !== 3 || !name.startsWith(NEW_ROW))
      throw new CompileError(at, 'PLS-00363: expression cannot be used as an assignment target');
    if (!place.row?.writable) throw new CompileError(at, 'ORA-04084: cannot change NEW values for this trigger type');
    return `${name} := ${fitTo(typeOfColumn(place.unit.catalog.row.get(target[2]!.value)!), value)};`;
  }
  if (!isName(first)) throw notSupported('this target of an assignment');
  const entry = lookUp(place.scope, first.value);
  if (entry === undefined) throw undeclared(first.at, first.value);
  if (entry.kind !== 'variable' || entry.readonly)
    throw new CompileError(first.at, `PLS-00363: expression '${first.value}' cannot be used as an assignment target`);
  if (place.frame.kind === 'function' && entry.frame !== place.frame)
    throw notSupported(`a function that changes ${first.value}, a variable outside it`);
  if (entry.type.kind !== 'collection') {
    if (target.length > 1) throw notSupported('this target of an assignment');
    return `${entry.name} := ${fitTo(entry.type, value)};`;
  }
  if (!isSymbol(second, '(') || !isSymbol(target.at(-1), ')')) throw notSupported('assigning a whole collection');
  const index = checkedExpression(place, at, target.slice(2, -1));
  return `${entry.name}[ora.place_of(${entry.name}, (${index})::numeric)] := ${fitTo(entry.type.of, value)};`;
};

const isBoolean = (place: Place, [first, ...rest]: Tokens): boolean => {
  const entry = rest.length === 0 && isName(first) ? lookUp(place.scope, first.value) : undefined;
  return entry?.kind === 'variable' && entry.type.kind === 'boolean';
};

export const compileAssign = (place: Place, { at, target, value }: Statement & { kind: 'assign' }): string => {
  const text = checkedExpression(place, at, value);
  const { checks } = place.unit;
  checks[checks.length - 1] = { ...checks.at(-1)!, boolean: isBoolean(place, target) };
  return toAssignment(place, target, text, at);
};

const toQuery = (place: Place, query: Tokens): string =>
  toText(query, 'SQL', () =>
    render(translateQuery(resolveNames(place, query, columnsIn(place, query)), place.unit.context)),
  );

/** Compiles Oracle's run-time error for a statement that reads the table being changed. */
const mutating = (place: Place, tokens: Tokens): string | undefined => {
  if (!touchesOwnTable(place, tokens)) return undefined;
  place.seen.mutating = true;
  return place.rowLevel ? `PERFORM ora.mutating('${place.unit.table}');` : undefined;
};

/**
 * Compiles the query of a loop or of SELECT … INTO, with its wait for locked rows. Oracle locks all
 * rows when it opens one.
 */
export const compileQuery = (place: Place, statement: Statement & { kind: 'rows' | 'select' }, more: object) => {
  const { at, query } = statement;
  const wait = waitOf(statement);
  const text = toQuery(place, query);
  check(place, at, query, 'query', text, more);
  const around = (inner: string): string =>
    wait === undefined
      ? inner
      : `PERFORM pg_catalog.set_config('lock_timeout', '${Math.max(wait * 1000, 1)}ms', true);\n${inner}\nPERFORM pg_catalog.set_config('lock_timeout', '0', true);`;
  return { text, around, waits: wait !== undefined, mutating: mutating(place, query) };
};

/** Compiles SELECT … INTO, which needs exactly one row. */
export const compileSelect = (place: Place, statement: Statement & { kind: 'select' }): string => {
  const { at, targets } = statement;
  const { text, around, waits, mutating: stops } = compileQuery(place, statement, { targets: targets.length });
  const record = declare(place, 'row', 'record');
  const names = targets.map(() => place.unit.unique('into'));
  const into = `SELECT * INTO STRICT ${record} FROM (${text}) AS "q$" (${names.join(', ')});`;
  const body = targets.map((target, index) => toAssignment(place, target, `${record}.${names[index]}`, at)).join('\n');
  return guard(place, `${stops ?? around(into)}\n${stops === undefined ? body : ''}`, 'SELECT', waits);
};

/** Compiles INSERT, UPDATE, DELETE and MERGE. */
export const compileChange = (place: Place, { at, tokens }: Statement & { kind: 'dml' }): string => {
  if (place.frame.kind === 'function') throw notSupported('a function that changes rows');
  const verb = tokens[0]!.value;
  if (tokens.some((token) => token.kind === 'word' && token.value === 'RETURNING'))
    throw notSupported('RETURNING in PL/SQL');
  const resolved: Token[] = resolveNames(place, tokens, columnsIn(place, tokens));
  const text = toText(tokens, 'SQL', () => render(translateDml(resolved, place.unit.context)));
  check(place, at, tokens, 'change', text);
  return guard(place, mutating(place, tokens) ?? `${text};`, verb);
};
