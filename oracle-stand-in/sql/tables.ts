import { findSynonym, type TranslationContext } from './context';
import { qualifiedNameAt, toPostgresName } from './names';
import { missingObject } from './oracle-error';
import { isName, isSymbol, isWord, raw, type Token } from './tokens';

/** Recognises PostgreSQL's own catalogue, which Oracle statements must not see. */
const isForeign = (owner: string | undefined, name: string): boolean =>
  /^(PG_|INFORMATION_SCHEMA$)/.test(name) || /^(PG_|INFORMATION_SCHEMA$|PUBLIC$)/.test(owner ?? '');

const NOT_AN_ALIAS = [
  'SET',
  'WHERE',
  'ON',
  'USING',
  'WHEN',
  'JOIN',
  'INNER',
  'LEFT',
  'RIGHT',
  'FULL',
  'CROSS',
  'NATURAL',
  'GROUP',
  'ORDER',
  'FOR',
  'VALUES',
  'SELECT',
  'RETURNING',
  'RETURN',
  'PARTITION',
  'CONNECT',
  'START',
  'HAVING',
  'UNION',
  'MINUS',
  'INTERSECT',
  'FETCH',
  'OFFSET',
  'LOG',
  'SAMPLE',
];

/** Returns the alias at an index, if there is one. */
const aliasAt = (tokens: readonly Token[], at: number): Token | undefined => {
  const token = tokens[at];
  return isName(token) && !(token.kind === 'word' && NOT_AN_ALIAS.includes(token.value)) ? token : undefined;
};

export type TableReference = {
  /** Text for PostgreSQL, with the alias. */
  readonly tokens: readonly Token[];
  /** The qualifier of its columns. */
  readonly label: Token;
  readonly next: number;
};

/** Maps the schema SYS to `ora`, which holds the dictionary and DUAL. */
const ownerName = (owner: string): string => (owner === 'SYS' || owner === 'SYSTEM' ? 'ora' : toPostgresName(owner));

/** Returns the name of a table or view for PostgreSQL, with synonyms resolved. */
export const tableName = (
  context: TranslationContext,
  reference: { readonly owner: string | undefined; readonly name: string },
): string => {
  if (isForeign(reference.owner, reference.name)) throw missingObject();
  const target = findSynonym(context, reference) ?? reference;
  const name = toPostgresName(target.name);
  return target.owner === undefined ? name : `${ownerName(target.owner)}.${name}`;
};

/** Reads `[owner.]table [PARTITION …] [alias]` at an index, or returns undefined. */
export const tableAt = (
  tokens: readonly Token[],
  at: number,
  context: TranslationContext,
): TableReference | undefined => {
  const name = qualifiedNameAt(tokens, at);
  if (name === undefined || isSymbol(tokens[name.next], '(')) return undefined;
  let next = name.next;
  // Partitions are not modelled: the clause is skipped.
  if (isWord(tokens[next], 'PARTITION')) {
    while (next < tokens.length && !isSymbol(tokens[next], ')')) next += 1;
    next += 1;
  }
  const alias = aliasAt(tokens, next);
  const own = findSynonym(context, name) === undefined ? undefined : raw(toPostgresName(name.name));
  const label = alias ?? raw(toPostgresName(name.name));
  const shown = alias ?? own;
  const table = raw(tableName(context, name));
  return {
    tokens: shown === undefined ? [table] : [table, raw('AS'), shown],
    label,
    next: alias === undefined ? next : next + 1,
  };
};
