import { toPostgresName } from '../sql/names';
import { notSupported } from '../sql/oracle-error';
import type { Place } from './compilation';
import { ERROR } from './compile-guards';
import { createFrame, type Frame, innerScope } from './scope';
import type { Block, Declaration, Statement, Subprogram } from './syntax-tree';
import { toSqlType } from './types';

type CompileAll = (place: Place, statements: readonly Statement[]) => string;

/** Returns the variables of a PostgreSQL function, for its DECLARE. */
export const declarationsOf = (frame: Frame): string =>
  [`${ERROR} ora.plsql_error;`, ...[...frame.variables].map(([name, type]) => `${name} ${type};`)].join('\n');

/** Closes the cursors of loops that were left. */
export const closeAll = (frame: Frame): string =>
  frame.cursors.map((cursor) => `IF ${cursor} IS NOT NULL THEN\n  CLOSE ${cursor};\nEND IF;`).join('\n');

/**
 * Compiles a function that expressions call to a PostgreSQL function. Variables that it reads from
 * the surrounding code become arguments.
 */
export const compileFunction = (
  place: Place,
  definition: Subprogram,
  declareAll: (place: Place, declarations: readonly Declaration[], all: CompileAll) => string,
  compileBody: (place: Place, block: Block, all: CompileAll) => string,
  all: CompileAll,
): void => {
  const { unit } = place;
  const { name, parameters, block } = definition;
  const returns = definition.returns!;
  const frame = createFrame('function');
  const seen = { mutating: false };
  const inner: Place = {
    ...place,
    frame,
    seen,
    scope: innerScope(place.scope),
    row: undefined,
    rowLevel: false,
    onError: undefined,
    handling: undefined,
    loop: undefined,
    leave: { returns },
    inside: [],
  };
  const given = parameters.map((parameter) => {
    const variable = unit.unique(parameter.name);
    unit.types.set(variable, toSqlType(parameter.type));
    inner.scope.names.set(parameter.name, {
      kind: 'variable',
      name: variable,
      type: parameter.type,
      readonly: true,
      frame,
    });
    return `${variable} ${toSqlType(parameter.type)}`;
  });
  // The function is not in scope yet, so it cannot call itself.
  const body = `${declareAll(inner, block.declarations, all)}\n${compileBody(inner, block, all)}`;
  if (frame.cursors.length > 0) throw notSupported(`a function with a loop over rows: ${name}`);
  const call = `${toPostgresName(unit.owner)}.${toPostgresName(`${unit.name}$${unit.unique(name).slice(1, -1)}`)}`;
  const more = [...frame.outer.values()].map((entry) => `${entry.name} ${toSqlType(entry.type)}`);
  unit.functions.push({
    name: call,
    text: `CREATE OR REPLACE FUNCTION ${call}(${[...given, ...more].join(', ')}) RETURNS ${toSqlType(returns)} LANGUAGE plpgsql
SET search_path = ${toPostgresName(unit.context.schema)}, ora, pg_catalog AS $plsql$
DECLARE
${declarationsOf(frame)}
BEGIN
${body}
PERFORM ora.raise_error(6503, 'PL/SQL: Function returned without value');
END $plsql$`,
  });
  place.scope.names.set(name, { kind: 'function', definition, call, outer: frame.outer, mutating: seen.mutating });
};
