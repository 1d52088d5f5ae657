import type { TranslationContext } from '../sql/context';
import { isWord } from '../sql/tokens';
import type { CompileError } from './compile-error';
import type { Frame, Scope } from './scope';
import type { PlsqlType, Tokens } from './syntax-tree';

/** What the compiler knows of the database. */
export type Catalog = {
  /** columns of the tables and views that the text names, by the name as it stands there */
  readonly columns: ReadonlyMap<string, ReadonlySet<string>>;
  /** names in the text that mean the trigger's table, or a view that looks into it */
  readonly mutating: ReadonlySet<string>;
  /** the table's own columns, with PostgreSQL's words for their types */
  readonly row: ReadonlyMap<string, string>;
};

/** A piece that PostgreSQL shall read before anything runs it. */
export type Check = {
  readonly at: number;
  readonly kind: 'value' | 'condition' | 'query' | 'change';
  readonly text: string;
  /** the text that it was made of, to find a line in */
  readonly tokens: Tokens;
  /** of a query: the record that takes its rows, or how many variables do */
  readonly record?: string;
  readonly targets?: number;
  /** of a value: whether a BOOLEAN is wanted */
  readonly boolean?: boolean;
};

/** The compilation of one text. */
export type Compilation = {
  readonly context: TranslationContext;
  readonly catalog: Catalog;
  /** what the functions that it makes are called after, in Oracle's case */
  readonly owner: string;
  readonly name: string;
  readonly table: string;
  readonly errors: CompileError[];
  readonly checks: Check[];
  /** variables and their types, for the checks */
  readonly types: Map<string, string>;
  /** functions that expressions call, in the order in which they must be made */
  readonly functions: { readonly name: string; readonly text: string }[];
  readonly unique: (name: string) => string;
};

/** Where a statement stands. */
export type Place = {
  readonly unit: Compilation;
  readonly frame: Frame;
  readonly scope: Scope;
  /** the row that :NEW and :OLD mean; `writable`: :NEW may be changed */
  readonly row: { readonly writable: boolean } | undefined;
  /** while a row is being changed, its table may not be seen */
  readonly rowLevel: boolean;
  /** the block to leave on an error; undefined: nobody handles it */
  readonly onError: string | undefined;
  /** the error that is being handled */
  readonly handling: string | undefined;
  /** what EXIT and CONTINUE are here */
  readonly loop: { readonly leave: string; readonly next: string } | undefined;
  /** what RETURN does: leaves a block, or gives a value */
  readonly leave: { readonly label: string } | { readonly returns: PlsqlType };
  /** procedures that are being written out */
  readonly inside: readonly string[];
  readonly seen: { mutating: boolean };
};

/** Whether a statement looks into the table that is being changed. */
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
