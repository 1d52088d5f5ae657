import type { QualifiedName } from './names';

/** What a translation needs besides the statement. */
export type TranslationContext = {
  /** The schema of unqualified names. */
  readonly schema: string;
  /** The target of a synonym, by `OWNER.NAME` or `PUBLIC.NAME`. */
  readonly synonyms: ReadonlyMap<string, { readonly owner: string; readonly name: string }>;
  /** Type numbers of the binds, by position. */
  readonly bindTypes: readonly number[];
  /** True in DDL expressions, where no subquery is allowed. */
  readonly inDdl: boolean;
  readonly tablespaces: ReadonlySet<string>;
};

/** Returns the target of a synonym, or undefined when the name is not a synonym. */
export const findSynonym = (context: TranslationContext, { owner, name }: Omit<QualifiedName, 'next'>) =>
  context.synonyms.get(`${owner ?? context.schema}.${name}`) ??
  (owner === undefined ? context.synonyms.get(`PUBLIC.${name}`) : undefined);
