import { BridgeError } from '../errors';
import { type Blame, blameByError, decideBlame, type Evidence } from './judge-fault';

export type Judge = {
  /** Decides about one record that failed alone. Returns undefined without enough evidence. */
  readonly judge: (error: unknown, evidence: Omit<Evidence, 'probe'>) => Promise<Blame | undefined>;
  /** Decides about a batch: `unsure` means that searching it for one bad record is worthwhile. */
  readonly blame: (error: unknown) => Promise<Blame | 'unsure'>;
};

const codeOf = (error: unknown): string => (error instanceof BridgeError ? error.code : '');

/**
 * Creates a judge that inserts known-good rows into the same tables before it decides. An error
 * that may come from one lock does not blame the value: the test rows show whether the whole table
 * is locked. A broker's refusal cannot be tested, because a publish cannot be rolled back.
 * @param probe resolves when the test rows were accepted (and rolled back)
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
