import type { QualifiedName } from './names';

/** What a translation must know beside the statement. */
export type TranslationContext = {
  /** the schema of unqualified names */
  readonly schema: string;
  /** the table or view behind a synonym, by `OWNER.NAME` or `PUBLIC.NAME` */
  readonly synonyms: ReadonlyMap<string, { readonly owner: string; readonly name: string }>;
  /** type numbers of the binds, by position */
  readonly bindTypes: readonly number[];
  /** in a DDL expression a subquery cannot stand */
  readonly inDdl: boolean;
  readonly tablespaces: ReadonlySet<string>;
};

/** The target of a synonym, or undefined when the name is no synonym. */
export const findSynonym = (context: TranslationContext, { owner, name }: Omit<QualifiedName, 'next'>) =>
  context.synonyms.get(`${owner ?? context.schema}.${name}`) ??
  (owner === undefined ? context.synonyms.get(`PUBLIC.${name}`) : undefined);
