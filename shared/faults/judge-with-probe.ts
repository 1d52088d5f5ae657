import { BridgeError } from '../errors';
import { type Blame, blameByError, decideBlame, type Evidence } from './judge-fault';

export type Judge = {
  /** About one record that failed alone; undefined: nothing shows it yet. */
  readonly judge: (error: unknown, evidence: Omit<Evidence, 'probe'>) => Promise<Blame | undefined>;
  /** About a batch: whether it is worth looking for the one record that makes it fail. `unsure` is worth it. */
  readonly blame: (error: unknown) => Promise<Blame | 'unsure'>;
};

const codeOf = (error: unknown): string => (error instanceof BridgeError ? error.code : '');

/**
 * A judge who tries known-good rows on the same tables before he decides. An error that one lock may have caused is not about the value either: then the
 * test rows show whether all of the table is locked. What a broker refuses cannot be tried: there is no rolling back.
 * @param probe resolves when the test rows went in (and were rolled back)
 */
export const createJudge = (probe: () => Promise<void>): Judge => {
  const tryRows = async (error: unknown): Promise<Evidence['probe']> => {
    if (codeOf(error) === 'KAFKA_REJECTED') return 'none';
    try {
      await probe();
      return 'went in';
    } catch {
      return 'failed';
    }
  };
  return {
    judge: async (error, evidence) =>
      blameByError(error) ?? decideBlame(error, { ...evidence, probe: await tryRows(error) }),
    blame: async (error) => {
      const certain = codeOf(error) === 'DB_LOCKED' ? undefined : blameByError(error);
      return certain ?? ((await tryRows(error)) === 'failed' ? 'all' : 'unsure');
    },
  };
};
