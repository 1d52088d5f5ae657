import type { PlsqlType, Subprogram } from './syntax-tree';

/** A PostgreSQL function being written. All variables are declared at its top, uniquely named. */
export type Frame = {
  readonly kind: 'section' | 'function';
  /** Name and type of each variable. */
  readonly variables: Map<string, string>;
  /** Cursors that may remain open when a loop is left. */
  readonly cursors: string[];
  /** For a function: variables that it reads from the code around it, as further arguments. */
  readonly outer: Map<string, VariableEntry>;
};

export type VariableEntry = {
  readonly kind: 'variable';
  /** Its quoted name in PostgreSQL. */
  readonly name: string;
  readonly type: PlsqlType;
  readonly readonly: boolean;
  /** Undefined: a variable of the trigger, which each of its sections has. */
  readonly frame: Frame | undefined;
};

export type Entry =
  | VariableEntry
  /** Loop counter: an integer in PostgreSQL, numeric in expressions. */
  | { readonly kind: 'counter'; readonly name: string; readonly frame: Frame }
  | { readonly kind: 'record'; readonly name: string; readonly frame: Frame }
  | { readonly kind: 'type'; readonly of: PlsqlType }
  /** Expanded where it is called. */
  | { readonly kind: 'procedure'; readonly definition: Subprogram; readonly scope: Scope }
  | {
      readonly kind: 'function';
      readonly definition: Subprogram;
      readonly call: string;
      readonly outer: ReadonlyMap<string, VariableEntry>;
      /** True when it reads the trigger's own table. */
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
