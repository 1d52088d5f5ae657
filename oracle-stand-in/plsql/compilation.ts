import type { TranslationContext } from '../sql/context';
import { isWord } from '../sql/tokens';
import type { CompileError } from './compile-error';
import type { Frame, Scope } from './scope';
import type { PlsqlType, Tokens } from './syntax-tree';

/** The compiler's knowledge about the database. */
export type Catalog = {
  /** Columns of the tables and views that the text names, by the name in the text. */
  readonly columns: ReadonlyMap<string, ReadonlySet<string>>;
  /** Names in the text for the trigger's table, or for a view on it. */
  readonly mutating: ReadonlySet<string>;
  /** The table's own columns with PostgreSQL's names of their types. */
  readonly row: ReadonlyMap<string, string>;
};

/** A piece of the text that PostgreSQL must check before it runs. */
export type Check = {
  readonly at: number;
  readonly kind: 'value' | 'condition' | 'query' | 'change';
  readonly text: string;
  /** The tokens from which it was made, for finding the line. */
  readonly tokens: Tokens;
  /** For a query: the record that receives its rows, or the number of variables that do. */
  readonly record?: string;
  readonly targets?: number;
  /** For a value: whether it must be a BOOLEAN. */
  readonly boolean?: boolean;
};

/** The state of compiling one text. */
export type Compilation = {
  readonly context: TranslationContext;
  readonly catalog: Catalog;
  /** Prefix of the names of created functions, in Oracle's case. */
  readonly owner: string;
  readonly name: string;
  readonly table: string;
  readonly errors: CompileError[];
  readonly checks: Check[];
  /** Variables and their types, for the checks. */
  readonly types: Map<string, string>;
  /** Functions that expressions call, in the order of their creation. */
  readonly functions: { readonly name: string; readonly text: string }[];
  readonly unique: (name: string) => string;
};

/** The context of a statement. */
export type Place = {
  readonly unit: Compilation;
  readonly frame: Frame;
  readonly scope: Scope;
  /** The row of :NEW and :OLD. `writable`: :NEW may be changed. */
  readonly row: { readonly writable: boolean } | undefined;
  /** True while a row is being changed: its table must not be read then. */
  readonly rowLevel: boolean;
  /** The block to leave on an error; undefined: no handler. */
  readonly onError: string | undefined;
  /** The error that is being handled. */
  readonly handling: string | undefined;
  /** Text of EXIT and CONTINUE here. */
  readonly loop: { readonly leave: string; readonly next: string } | undefined;
  /** Effect of RETURN: leaves a block, or returns a value. */
  readonly leave: { readonly label: string } | { readonly returns: PlsqlType };
  /** Procedures that are being expanded. */
  readonly inside: readonly string[];
  readonly seen: { mutating: boolean };
};

/** Tells whether a statement reads the table that is being changed. */
export const touchesOwnTable = ({ unit }: Place, tokens: Tokens): boolean =>
  tokens.some((token) => (token.kind === 'word' || token.kind === 'quoted') && unit.catalog.mutating.has(token.value));

export const isLocking = (tokens: Tokens): boolean =>
  tokens.some((token, at) => isWord(token, 'FOR') && isWord(tokens[at + 1], 'UPDATE'));

export const declare = (place: Place, name: string, sqlType: string): string => {
  const unique = place.unit.unique(name);
  place.frame.variables.set(unique, sqlType);
  place.unit.types.set(unique, sqlType);
  return unique;
};
