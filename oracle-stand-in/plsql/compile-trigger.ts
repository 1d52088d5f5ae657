import type { TranslationContext } from '../sql/context';
import { toPostgresName } from '../sql/names';
import { notSupported } from '../sql/oracle-error';
import type { Catalog, Check, Compilation, Place } from './compilation';
import { compileDeclarations } from './compile-blocks';
import { CompileError } from './compile-error';
import { closeAll, declarationsOf } from './compile-function';
import { ADDED, compileParts, type Ending, frameWith, type Part, placeIn, withRows } from './compile-sections';
import { compileStatements } from './compile-statements';
import { toExpression } from './resolve-names';
import { createFrame, innerScope } from './scope';
import type { Tokens, Trigger } from './syntax-tree';

/**
 * The result of compiling a trigger: functions in order of creation, and PostgreSQL triggers that
 * call some of them.
 */
export type CompiledTrigger = {
  readonly functions: readonly { readonly name: string; readonly text: string }[];
  readonly triggers: readonly string[];
  readonly errors: readonly CompileError[];
  readonly checks: readonly Check[];
  readonly types: ReadonlyMap<string, string>;
};

/** Adds the colon that NEW and OLD lack in a WHEN clause. */
const asBinds = (tokens: Tokens): Tokens =>
  tokens.map((token, at) =>
    token.kind === 'word' && /^(NEW|OLD)$/.test(token.value) && tokens[at + 1]?.text === '.'
      ? { ...token, kind: 'bind' as const }
      : token,
  );

const createCompilation = (
  trigger: Trigger,
  context: TranslationContext,
  catalog: Catalog,
  table: string,
): Compilation => {
  let names = 0;
  const types = new Map<string, string>();
  return {
    context,
    catalog,
    owner: context.schema,
    name: trigger.name,
    table,
    errors: [],
    checks: [],
    types,
    functions: [],
    unique: (name) => {
      names += 1;
      return `"${name.toLowerCase().replaceAll('"', '')}$${names}"`;
    },
  };
};

/** @throws CompileError, or ORA-03001 for what the stand-in does not support */
const checkSections = ({ sections, event }: Trigger): void => {
  if (sections.size === 0) throw new CompileError(0, 'PLS-00103: a compound trigger needs a timing point');
  // PostgreSQL fires all BEFORE and then all AFTER row triggers, and that order would show in the
  // variables.
  if (sections.has('BEFORE EACH ROW') && sections.has('AFTER EACH ROW'))
    throw notSupported('BEFORE and AFTER EACH ROW in one trigger');
  if (sections.has('AFTER EACH ROW') && event === 'UPDATE') throw notSupported('AFTER EACH ROW of an UPDATE');
};

/** Compiles the WHEN clause. An error in it is one of the trigger. */
const compileCondition = (when: Tokens | undefined, place: Place): string | undefined => {
  if (when === undefined) return undefined;
  const { checks, errors } = place.unit;
  try {
    const condition = toExpression(place, asBinds(when));
    checks.push({ at: when[0]?.at ?? 0, kind: 'condition', text: condition, tokens: when });
    return condition;
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    errors.push(error);
    return undefined;
  }
};

const relationName = ({ name }: Trigger, { schema }: TranslationContext, ending: Ending): string =>
  `${toPostgresName(schema)}.${toPostgresName(`${name}${ending.toUpperCase()}`)}`;

const toFunction = (name: string, { schema }: TranslationContext, { frame, body, result }: Part) => ({
  name,
  text: `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ${toPostgresName(schema)}, ora, pg_catalog AS $plsql$
DECLARE
${declarationsOf(frame)}
BEGIN
${body}
${closeAll(frame)}
RETURN ${result};
END $plsql$`,
});

/** Returns when PostgreSQL fires the trigger of this ending. */
const firingOf = (
  { event, sections }: Trigger,
  ending: Ending,
  relation: string,
  condition: string | undefined,
): string => {
  const rows = ` REFERENCING ${event === 'DELETE' ? 'OLD' : 'NEW'} TABLE AS ${ADDED}`;
  switch (ending) {
    case '$before_statement':
      return `BEFORE ${event} ON ${relation} FOR EACH STATEMENT`;
    case '$before_row':
      return `BEFORE ${event} ON ${relation} FOR EACH ROW${condition === undefined ? '' : ` WHEN (${withRows(condition)})`}`;
    case '$after_statement':
      return `AFTER ${event} ON ${relation}${sections.has('AFTER EACH ROW') ? rows : ''} FOR EACH STATEMENT`;
  }
};

/**
 * Compiles a trigger. Its errors are returned in `errors`; PL/SQL that the stand-in does not
 * support is thrown.
 */
export const compileTrigger = (
  trigger: Trigger,
  context: TranslationContext,
  catalog: Catalog,
  place: { readonly table: string; readonly relation: string },
): CompiledTrigger => {
  const unit = createCompilation(trigger, context, catalog, place.table);
  checkSections(trigger);
  const shared = createFrame('section');
  const scope = innerScope(undefined);
  const start = compileDeclarations(placeIn(unit, scope, shared), trigger.declarations, compileStatements, false);
  const variables = new Map([...shared.variables]);
  const condition = compileCondition(
    trigger.when,
    placeIn(unit, scope, frameWith(variables), { row: { writable: false } }),
  );
  const parts = compileParts(trigger, unit, scope, { start, variables, condition });
  const nameOf = ({ ending }: Part): string => relationName(trigger, context, ending);
  const triggers = parts.map((part) => {
    const name = toPostgresName(`${trigger.name}${part.ending.toUpperCase()}`);
    const firing = firingOf(trigger, part.ending, place.relation, condition);
    return `CREATE TRIGGER ${name} ${firing} EXECUTE FUNCTION ${nameOf(part)}()`;
  });
  return {
    functions: [...unit.functions, ...parts.map((part) => toFunction(nameOf(part), context, part))],
    triggers,
    errors: unit.errors,
    checks: unit.checks,
    types: unit.types,
  };
};
