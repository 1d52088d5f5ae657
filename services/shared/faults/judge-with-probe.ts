import { type Blame, blameByError, decideBlame } from './judge-fault';

export type Judge = {
  /** About one record alone; undefined: nothing shows it yet. */
  readonly judge: (error: unknown, alike: number, longAlone: boolean) => Promise<Blame | undefined>;
  /** About a batch, or a record that has company still to be looked for: `unsure` when only the record itself is left to look at. */
  readonly blame: (error: unknown) => Promise<Blame | 'unsure'>;
};

/**
 * A judge who tries known-good rows on the same tables before he decides. An error that one lock may have caused is not about the value either: then the
 * test rows show whether all of the table is locked.
 * @param probe resolves when the test rows went in (and were rolled back)
 */
export const createJudge = (probe: () => Promise<void>): Judge => {
  const goesIn = async (): Promise<boolean> => {
    try {
      await probe();
      return true;
    } catch {
      return false;
    }
  };
  return {
    judge: async (error, alike, longAlone) => {
      const certain = blameByError(error);
      if (certain !== undefined) return certain;
      const evidence = { alike, longAlone, othersWentThrough: false };
      return decideBlame(error, { ...evidence, probe: (await goesIn()) ? 'went in' : 'failed' });
    },
    blame: async (error) => {
      const certain = (error as { code?: string } | null)?.code === 'DB_LOCKED' ? undefined : blameByError(error);
      if (certain !== undefined) return certain;
      return (await goesIn()) ? 'unsure' : 'all';
    },
  };
};
