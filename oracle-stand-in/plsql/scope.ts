import type { PlsqlType, Subprogram } from './syntax-tree';

/** A function of PostgreSQL's that is being written: its variables are all declared at its top, under names that are never used twice. */
export type Frame = {
  readonly kind: 'section' | 'function';
  /** name and type of each variable */
  readonly variables: Map<string, string>;
  /** cursors that may be left open where a loop is left */
  readonly cursors: string[];
  /** of a function: what it reads of the code around it, and gets as further arguments */
  readonly outer: Map<string, VariableEntry>;
};

export type VariableEntry = {
  readonly kind: 'variable';
  /** its name in PostgreSQL, quoted */
  readonly name: string;
  readonly type: PlsqlType;
  readonly readonly: boolean;
  /** undefined: the trigger's own, which each of its sections has */
  readonly frame: Frame | undefined;
};

export type Entry =
  | VariableEntry
  /** counts a loop; an integer there, a number here */
  | { readonly kind: 'counter'; readonly name: string; readonly frame: Frame }
  | { readonly kind: 'record'; readonly name: string; readonly frame: Frame }
  | { readonly kind: 'type'; readonly of: PlsqlType }
  /** written where it is called */
  | { readonly kind: 'procedure'; readonly definition: Subprogram; readonly scope: Scope }
  | {
      readonly kind: 'function';
      readonly definition: Subprogram;
      readonly call: string;
      readonly outer: ReadonlyMap<string, VariableEntry>;
      /** whether it looks into the trigger's own table */
      readonly mutating: boolean;
    };

export type Scope = { readonly parent: Scope | undefined; readonly names: Map<string, Entry> };

export const innerScope = (parent: Scope | undefined): Scope => ({ parent, names: new Map() });

export const lookUp = (scope: Scope | undefined, name: string): Entry | undefined =>
  scope === undefined ? undefined : (scope.names.get(name) ?? lookUp(scope.parent, name));

export const createFrame = (kind: Frame['kind']): Frame => ({
  kind,
  variables: new Map(),
  cursors: [],
  outer: new Map(),
});
