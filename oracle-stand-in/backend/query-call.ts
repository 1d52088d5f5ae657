import type { TranslationContext } from '../sql/context';
import type { ParsedStatement } from '../sql/translate';
import type { Value } from '../wire/oracle-types';

/** A query with everything needed to run it. */
export type QueryCall = {
  readonly statement: ParsedStatement;
  readonly context: TranslationContext;
  readonly values: readonly Value[];
};
