import type { DmlResult } from '../backend/run-dml';
import type { WrongCounts } from '../faults';
import type { ParsedStatement } from '../sql/translate';

/** Version that the server reports. */
export type ServerVersion = '19' | '23.6';

/**
 * Before 23.6 the counts of a MERGE are 0 from the first failed row on, although later rows changed
 * (oracle/node-oracledb#1686).
 */
const asOfVersion = (
  version: ServerVersion,
  { tokens }: Pick<ParsedStatement, 'tokens'>,
  { counts, errors }: Pick<DmlResult, 'counts' | 'errors'>,
): readonly number[] => {
  if (version !== '19' || tokens[0]?.value !== 'MERGE' || errors.length === 0) return counts;
  const first = Math.min(...errors.map(({ offset }) => offset));
  return counts.map((count, at) => (at < first ? count : 0));
};

/** Returns the row counts that the client of an array statement gets; undefined: none. */
export const reportedCounts = (
  version: ServerVersion,
  statement: Pick<ParsedStatement, 'tokens'>,
  result: Pick<DmlResult, 'counts' | 'errors'>,
  wrong: WrongCounts | undefined,
): readonly number[] | undefined => {
  switch (wrong) {
    case 'none':
      return undefined;
    case 'zeros':
      return result.counts.map(() => 0);
    case 'short':
      return result.counts.slice(0, -1);
    default:
      return asOfVersion(version, statement, result);
  }
};
