import { createHash } from 'node:crypto';
import type { TranslationContext } from '../sql/context';
import { toPostgresName } from '../sql/names';
import { notSupported } from '../sql/oracle-error';
import type { Catalog, Check, Compilation, Place } from './compilation';
import { compileBlock, compileDeclarations } from './compile-blocks';
import { CompileError } from './compile-error';
import { closeAll, declarationsOf } from './compile-function';
import { compileStatements } from './compile-statements';
import { NEW_ROW, OLD_ROW, toExpression } from './resolve-names';
import { createFrame, type Frame, innerScope, type Scope } from './scope';
import type { Block, TimingPoint, Tokens, Trigger } from './syntax-tree';

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

const ADDED = '"ora$rows"';

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

/**
 * Carries the trigger's own variables from one timing point to the next, in a setting of the
 * transaction that includes the depth of nested triggers.
 */
const keptIn = (unit: Compilation, kept: ReadonlyMap<string, string>) => {
  const id = createHash('md5').update(`${unit.owner}.${unit.name}`).digest('hex').slice(0, 16);
  const setting = `'ora_plsql.t${id}_' OPERATOR(pg_catalog.||) pg_catalog.pg_trigger_depth()::text`;
  const names = [...kept.keys()];
  if (names.length > 45) throw notSupported('a trigger with more than 45 variables');
  const pairs = names.map((name) => `'${name.slice(1, -1)}', ${name}`).join(', ');
  const columns = [...kept].map(([name, type]) => `${name} ${type}`).join(', ');
  if (names.length === 0) return { load: '', save: '' };
  return {
    load: `SELECT ${names.map((name) => `k.${name}`).join(', ')} INTO ${names.join(', ')}
FROM pg_catalog.jsonb_to_record(pg_catalog.current_setting(${setting})::jsonb) AS k (${columns});`,
    save: `PERFORM pg_catalog.set_config(${setting}, pg_catalog.jsonb_build_object(${pairs})::text, true);`,
  };
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
  const { sections, event } = trigger;
  const has = (point: TimingPoint): boolean => sections.has(point);
  if (sections.size === 0) throw new CompileError(0, 'PLS-00103: a compound trigger needs a timing point');
  // PostgreSQL fires all BEFORE and then all AFTER row triggers, and that order would show in the
  // variables.
  if (has('BEFORE EACH ROW') && has('AFTER EACH ROW')) throw notSupported('BEFORE and AFTER EACH ROW in one trigger');
  if (has('AFTER EACH ROW') && event === 'UPDATE') throw notSupported('AFTER EACH ROW of an UPDATE');
  const shared: Frame = createFrame('section');
  const scope: Scope = innerScope(undefined);
  const at = (frame: Frame, more: Partial<Place>): Place => ({
    unit,
    frame,
    scope,
    row: undefined,
    rowLevel: false,
    onError: undefined,
    handling: undefined,
    loop: undefined,
    leave: { label: '' },
    inside: [],
    seen: { mutating: false },
    ...more,
  });
  const start = compileDeclarations(at(shared, {}), trigger.declarations, compileStatements, false);
  const kept = new Map([...shared.variables]);

  const section = (frame: Frame, point: TimingPoint): string => {
    const block: Block | undefined = sections.get(point);
    if (block === undefined) return '';
    const label = unit.unique('section');
    const rowLevel = point.endsWith('ROW');
    const inner = at(frame, {
      rowLevel,
      row: rowLevel ? { writable: point === 'BEFORE EACH ROW' && event !== 'DELETE' } : undefined,
      leave: { label },
    });
    return `<<${label}>>\nBEGIN\n${compileBlock(inner, block, compileStatements)}\nEND ${label};`;
  };
  const newFrame = (): Frame => {
    const frame = createFrame('section');
    for (const [name, type] of kept) frame.variables.set(name, type);
    return frame;
  };
  let condition: string | undefined;
  if (trigger.when !== undefined) {
    try {
      const inRow = at(newFrame(), { row: { writable: false } });
      condition = toExpression(inRow, asBinds(trigger.when));
      unit.checks.push({ at: trigger.when[0]?.at ?? 0, kind: 'condition', text: condition, tokens: trigger.when });
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      unit.errors.push(error);
    }
  }
  const { load, save } = keptIn(unit, kept);
  const lasting = has('BEFORE STATEMENT') || has('BEFORE EACH ROW');
  const written: { name: string; ending: string; body: string; frame: Frame; result: string }[] = [];
  const write = (ending: string, result: string, body: (frame: Frame) => string): void => {
    const frame = newFrame();
    written.push({ name: relationName(trigger, context, ending), ending, frame, result, body: body(frame) });
  };
  if (lasting)
    write('$before_statement', 'NULL', (frame) => `${start}\n${section(frame, 'BEFORE STATEMENT')}\n${save}`);
  if (has('BEFORE EACH ROW')) {
    write(
      '$before_row',
      event === 'DELETE' ? 'OLD' : 'NEW',
      (frame) => `${load}\n${section(frame, 'BEFORE EACH ROW')}\n${save}`,
    );
  }
  if (has('AFTER EACH ROW') || has('AFTER STATEMENT')) {
    write('$after_statement', 'NULL', (frame) => {
      const row = event === 'DELETE' ? OLD_ROW : NEW_ROW;
      if (has('AFTER EACH ROW')) frame.variables.set(row, 'record');
      const each = has('AFTER EACH ROW')
        ? `FOR ${row} IN SELECT * FROM ${ADDED} LOOP\n${condition === undefined ? '' : `CONTINUE WHEN (${condition}) IS NOT TRUE;`}
${section(frame, 'AFTER EACH ROW')}\nEND LOOP;`
        : '';
      return `${lasting ? load : start}\n${each}\n${section(frame, 'AFTER STATEMENT')}`;
    });
  }
  const functions = written.map(({ name, frame, body, result, ending }) => {
    const text = ending === '$before_row' ? body.replaceAll(NEW_ROW, 'NEW').replaceAll(OLD_ROW, 'OLD') : body;
    return {
      name,
      text: `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ${toPostgresName(context.schema)}, ora, pg_catalog AS $plsql$
DECLARE
${declarationsOf(frame)}
BEGIN
${text}
${closeAll(frame)}
RETURN ${result};
END $plsql$`,
    };
  });
  const when =
    condition === undefined ? '' : ` WHEN (${condition.replaceAll(NEW_ROW, 'NEW').replaceAll(OLD_ROW, 'OLD')})`;
  const clauses: Readonly<Record<string, string>> = {
    $before_statement: `BEFORE ${event} ON ${place.relation} FOR EACH STATEMENT`,
    $before_row: `BEFORE ${event} ON ${place.relation} FOR EACH ROW${when}`,
    $after_statement: `AFTER ${event} ON ${place.relation}${has('AFTER EACH ROW') ? ` REFERENCING ${event === 'DELETE' ? 'OLD' : 'NEW'} TABLE AS ${ADDED}` : ''} FOR EACH STATEMENT`,
  };
  const triggers = written.map(
    ({ name, ending }) =>
      `CREATE TRIGGER ${toPostgresName(`${trigger.name}${ending.toUpperCase()}`)} ${clauses[ending]} EXECUTE FUNCTION ${name}()`,
  );
  return {
    functions: [...unit.functions, ...functions],
    triggers,
    errors: unit.errors,
    checks: unit.checks,
    types: unit.types,
  };
};

const relationName = ({ name }: Trigger, { schema }: TranslationContext, ending: string): string =>
  `${toPostgresName(schema)}.${toPostgresName(`${name}${ending.toUpperCase()}`)}`;
