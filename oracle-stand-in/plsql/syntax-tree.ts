import type { Token } from '../sql/tokens';

export type Tokens = readonly Token[];

/** A PL/SQL type. Parameters and results have no length or precision. */
export type PlsqlType =
  | { readonly kind: 'varchar'; readonly length: number | undefined; readonly unit: 'char' | 'byte' }
  | { readonly kind: 'number'; readonly precision: number | undefined; readonly scale: number }
  | { readonly kind: 'integer' | 'boolean' | 'date' | 'clob' }
  | { readonly kind: 'timestamp'; readonly precision: number }
  | { readonly kind: 'raw'; readonly length: number | undefined }
  | { readonly kind: 'collection'; readonly of: PlsqlType };

/** `at` is the offset in the text, for counting lines. */
export type Statement = { readonly at: number } & (
  | { readonly kind: 'null' | 'commit' }
  | { readonly kind: 'assign'; readonly target: Tokens; readonly value: Tokens }
  | { readonly kind: 'if'; readonly branches: readonly Branch[]; readonly otherwise: readonly Statement[] }
  | {
      readonly kind: 'count';
      readonly name: string;
      readonly from: Tokens;
      readonly to: Tokens;
      readonly body: readonly Statement[];
    }
  | { readonly kind: 'rows'; readonly name: string; readonly query: Tokens; readonly body: readonly Statement[] }
  | { readonly kind: 'loop'; readonly condition: Tokens | undefined; readonly body: readonly Statement[] }
  | { readonly kind: 'exit' | 'continue'; readonly condition: Tokens | undefined }
  | { readonly kind: 'return'; readonly value: Tokens | undefined }
  | { readonly kind: 'raise'; readonly name: string | undefined }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Tokens[] }
  | { readonly kind: 'select'; readonly query: Tokens; readonly targets: readonly Tokens[] }
  | { readonly kind: 'dml'; readonly tokens: Tokens }
  | { readonly kind: 'delete-all'; readonly name: string }
  | { readonly kind: 'block'; readonly block: Block }
);

export type Branch = { readonly condition: Tokens; readonly body: readonly Statement[] };

export type Handler = { readonly at: number; readonly names: readonly string[]; readonly body: readonly Statement[] };

export type Block = {
  readonly declarations: readonly Declaration[];
  readonly body: readonly Statement[];
  readonly handlers: readonly Handler[];
};

export type Parameter = { readonly name: string; readonly type: PlsqlType };

export type Subprogram = {
  readonly kind: 'subprogram';
  readonly at: number;
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** Undefined for a procedure. */
  readonly returns: PlsqlType | undefined;
  readonly block: Block;
};

export type Variable = {
  readonly kind: 'variable';
  readonly at: number;
  readonly name: string;
  /** A type, or the name of a declared type. */
  readonly type: PlsqlType | string;
  readonly constant: boolean;
  readonly initial: Tokens | undefined;
};

export type CollectionType = {
  readonly kind: 'type';
  readonly at: number;
  readonly name: string;
  readonly of: PlsqlType;
};

export type Declaration = Variable | CollectionType | Subprogram;

export const TIMING_POINTS = ['BEFORE STATEMENT', 'BEFORE EACH ROW', 'AFTER EACH ROW', 'AFTER STATEMENT'] as const;
export type TimingPoint = (typeof TIMING_POINTS)[number];

/** The text before the body, sufficient to create a trigger that does not compile. */
export type TriggerHead = {
  readonly owner: string | undefined;
  readonly name: string;
  readonly event: 'INSERT' | 'UPDATE' | 'DELETE';
  readonly table: { readonly owner: string | undefined; readonly name: string };
  readonly enabled: boolean;
  readonly when: Tokens | undefined;
};

/** The body of a trigger. A simple trigger is a compound one with one section. */
export type TriggerBody = {
  readonly declarations: readonly Declaration[];
  readonly sections: ReadonlyMap<TimingPoint, Block>;
};

export type Trigger = TriggerHead & TriggerBody;
