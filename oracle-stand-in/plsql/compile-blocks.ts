import { notSupported } from '../sql/oracle-error';
import { declare, type Place } from './compilation';
import { CompileError, EXCEPTIONS, undeclared } from './compile-error';
import { compileFunction } from './compile-function';
import { ERROR, guard, passOn } from './compile-guards';
import { checkedExpression } from './compile-sql';
import { type Entry, innerScope, lookUp, type VariableEntry } from './scope';
import type { Block, Declaration, Handler, PlsqlType, Statement, Variable } from './syntax-tree';
import { fitTo, toSqlType } from './types';

type CompileAll = (place: Place, statements: readonly Statement[]) => string;

const typeOf = (place: Place, { at, type }: Variable): PlsqlType => {
  if (typeof type !== 'string') return type;
  const entry = lookUp(place.scope, type);
  if (entry?.kind !== 'type') throw undeclared(at, type);
  return { kind: 'collection', of: entry.of };
};

const declareVariable = (place: Place, declaration: Variable, own: boolean): string => {
  const type = typeOf(place, declaration);
  const { at, name, constant, initial } = declaration;
  const value = initial === undefined ? undefined : checkedExpression(place, at, initial, type.kind === 'boolean');
  const entry: VariableEntry = {
    kind: 'variable',
    name: declare(place, name, toSqlType(type)),
    type,
    readonly: constant,
    frame: own ? place.frame : undefined,
  };
  place.scope.names.set(name, entry);
  if (type.kind === 'collection') return `${entry.name} := '{}';`;
  return `${entry.name} := ${value === undefined ? 'NULL' : fitTo(type, value)};`;
};

/**
 * Adds a block's declarations to its scope in order. Returns the statements that initialise the
 * variables.
 * @param own false for the trigger's variables, which all of its sections share
 */
export const compileDeclarations = (
  place: Place,
  declarations: readonly Declaration[],
  all: CompileAll,
  own = true,
): string => {
  const statements: string[] = [];
  for (const declaration of declarations) {
    try {
      if (place.scope.names.has(declaration.name))
        throw new CompileError(
          declaration.at,
          `PLS-00371: at most one declaration for '${declaration.name}' is permitted`,
        );
      if (declaration.kind === 'type') place.scope.names.set(declaration.name, { kind: 'type', of: declaration.of });
      else if (declaration.kind === 'variable') statements.push(declareVariable(place, declaration, own));
      else if (declaration.returns === undefined)
        place.scope.names.set(declaration.name, { kind: 'procedure', definition: declaration, scope: place.scope });
      else compileFunction(place, declaration, compileDeclarations, compileBody, all);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      place.unit.errors.push(error);
    }
  }
  return statements.join('\n');
};

const condition = (place: Place, { at, names }: Handler, error: string): string =>
  names
    .map((name) => {
      if (name === 'OTHERS') return 'true';
      const number = EXCEPTIONS[name];
      if (number === undefined) {
        place.unit.errors.push(undeclared(at, name));
        return 'false';
      }
      return `${error}.number = ${number}`;
    })
    .join(' OR ');

/** Compiles the statements of a block, followed by its handlers. */
const compileBody = (place: Place, { body, handlers }: Block, all: CompileAll): string => {
  if (handlers.length === 0) return all(place, body);
  const label = place.unit.unique('block');
  const error = declare(place, 'handled', 'ora.plsql_error');
  const branches = handlers.map(
    (handler, at) =>
      `${at === 0 ? 'IF' : 'ELSIF'} ${condition(place, handler, error)} THEN\n${all({ ...place, handling: error }, handler.body)}`,
  );
  return `<<${label}>>
BEGIN
${all({ ...place, onError: label }, body)}
END ${label};
IF ${ERROR}.number IS NOT NULL THEN
${error} := ${ERROR};
${ERROR} := NULL;
${branches.join('\n')}
ELSE
${ERROR} := ${error};
${passOn(place)}
END IF;
END IF;`;
};

/** Compiles a nested block. Errors in its declarations do not reach its own handlers. */
export const compileBlock = (place: Place, block: Block, all: CompileAll): string => {
  const inner = { ...place, scope: innerScope(place.scope) };
  const start = guard(inner, compileDeclarations(inner, block.declarations, all));
  return `${start}\n${compileBody(inner, block, all)}`;
};

/** Expands a procedure at its call, so that it reads and changes the variables around it. */
export const compileProcedureCall = (
  place: Place,
  { definition, scope }: Entry & { kind: 'procedure' },
  { at, args }: Statement & { kind: 'call' },
  all: CompileAll,
): string => {
  const { name, parameters, block } = definition;
  if (place.inside.includes(name)) throw notSupported(`the recursive procedure ${name}`);
  if (args.length !== parameters.length)
    throw new CompileError(at, `PLS-00306: wrong number or types of arguments in call to '${name}'`);
  const label = place.unit.unique('call');
  const inner: Place = {
    ...place,
    scope: innerScope(scope),
    row: undefined,
    loop: undefined,
    leave: { label },
    inside: [...place.inside, name],
  };
  const given = parameters.map((parameter, index) => {
    const value = checkedExpression(place, at, args[index]!, parameter.type.kind === 'boolean');
    const variable = declare(place, parameter.name, toSqlType(parameter.type));
    inner.scope.names.set(parameter.name, {
      kind: 'variable',
      name: variable,
      type: parameter.type,
      readonly: true,
      frame: place.frame,
    });
    return `${variable} := ${fitTo(parameter.type, value)};`;
  });
  return `<<${label}>>
BEGIN
${guard(place, given.join('\n'))}
${compileBlock(inner, block, all)}
END ${label};`;
};
