import { createHash } from 'node:crypto';
import { notSupported } from '../sql/oracle-error';
import type { Compilation, Place } from './compilation';
import { compileBlock } from './compile-blocks';
import { compileStatements } from './compile-statements';
import { NEW_ROW, OLD_ROW } from './resolve-names';
import { createFrame, type Frame, type Scope } from './scope';
import type { Block, TimingPoint, Trigger } from './syntax-tree';

/** The rows that a statement added, or removed. */
export const ADDED = '"ora$rows"';

export const placeIn = (unit: Compilation, scope: Scope, frame: Frame, more: Partial<Place> = {}): Place => ({
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

/** Creates the frame of a function that has the trigger's own variables. */
export const frameWith = (variables: ReadonlyMap<string, string>): Frame => {
  const frame = createFrame('section');
  for (const [name, type] of variables) frame.variables.set(name, type);
  return frame;
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

/** Names the rows as PostgreSQL's row triggers and WHEN clauses do. */
export const withRows = (text: string): string => text.replaceAll(NEW_ROW, 'NEW').replaceAll(OLD_ROW, 'OLD');

export type Ending = '$before_statement' | '$before_row' | '$after_statement';

/** A function of the trigger: for which of PostgreSQL's triggers, its body, and what it returns. */
export type Part = { readonly ending: Ending; readonly frame: Frame; readonly body: string; readonly result: string };

/** Compiles the timing points to the bodies of functions. */
export const compileParts = (
  { sections, event }: Trigger,
  unit: Compilation,
  scope: Scope,
  own: {
    readonly start: string;
    readonly variables: ReadonlyMap<string, string>;
    readonly condition?: string | undefined;
  },
): readonly Part[] => {
  const has = (point: TimingPoint): boolean => sections.has(point);
  const section = (frame: Frame, point: TimingPoint): string => {
    const block: Block | undefined = sections.get(point);
    if (block === undefined) return '';
    const label = unit.unique('section');
    const rowLevel = point.endsWith('ROW');
    const row = rowLevel ? { writable: point === 'BEFORE EACH ROW' && event !== 'DELETE' } : undefined;
    const inner = placeIn(unit, scope, frame, { rowLevel, row, leave: { label } });
    return `<<${label}>>\nBEGIN\n${compileBlock(inner, block, compileStatements)}\nEND ${label};`;
  };
  const part = (ending: Ending, result: string, body: (frame: Frame) => string): Part => {
    const frame = frameWith(own.variables);
    return { ending, frame, result, body: body(frame) };
  };
  const { load, save } = keptIn(unit, own.variables);
  const lasting = has('BEFORE STATEMENT') || has('BEFORE EACH ROW');
  const parts: Part[] = [];
  if (lasting) {
    const body = (frame: Frame) => `${own.start}\n${section(frame, 'BEFORE STATEMENT')}\n${save}`;
    parts.push(part('$before_statement', 'NULL', body));
  }
  if (has('BEFORE EACH ROW')) {
    const body = (frame: Frame) => withRows(`${load}\n${section(frame, 'BEFORE EACH ROW')}\n${save}`);
    parts.push(part('$before_row', event === 'DELETE' ? 'OLD' : 'NEW', body));
  }
  const eachRow = (frame: Frame): string => {
    if (!has('AFTER EACH ROW')) return '';
    const row = event === 'DELETE' ? OLD_ROW : NEW_ROW;
    frame.variables.set(row, 'record');
    const skip = own.condition === undefined ? '' : `CONTINUE WHEN (${own.condition}) IS NOT TRUE;`;
    return `FOR ${row} IN SELECT * FROM ${ADDED} LOOP\n${skip}
${section(frame, 'AFTER EACH ROW')}\nEND LOOP;`;
  };
  if (has('AFTER EACH ROW') || has('AFTER STATEMENT')) {
    const first = lasting ? load : own.start;
    const body = (frame: Frame) => `${first}\n${eachRow(frame)}\n${section(frame, 'AFTER STATEMENT')}`;
    parts.push(part('$after_statement', 'NULL', body));
  }
  return parts;
};
