import type { SimulatedRow, TakenRow } from './core/behaviour';

/** Number of rows of each kind. */
export type AnswerCounts = { readonly resp: number; readonly report: number; readonly recv: number };

/** The ports of taking a batch. */
export type TakePorts<Tx> = {
  readonly inTransaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /**
   * Deletes those of these rows that no other transaction holds, and enters them in the journal.
   */
  readonly takeRows: (tx: Tx, seqIds: readonly string[]) => Promise<readonly TakenRow[]>;
  readonly decide: (row: TakenRow) => readonly SimulatedRow[];
  /** Gives the rows that are due at once and keeps the others. Returns the number given. */
  readonly insertAnswers: (tx: Tx, answers: readonly SimulatedRow[]) => Promise<AnswerCounts>;
  readonly crashPoint: (step: string) => void;
};

/**
 * Takes these rows: delete and journal → decide → replies (given, or kept until they are due) →
 * commit. No message is ever in memory alone, so a kill at any moment leaves the journal exact and
 * loses no reply.
 * @throws any error of a port; then the batch had no effect, or all of it if the connection was
 *   lost during the commit
 */
export const takeBatch = <Tx>(
  seqIds: readonly string[],
  ports: TakePorts<Tx>,
): Promise<{ readonly taken: number; readonly given: AnswerCounts }> =>
  ports.inTransaction(async (tx) => {
    const rows = await ports.takeRows(tx, seqIds);
    if (rows.length === 0) return { taken: 0, given: { resp: 0, report: 0, recv: 0 } };
    ports.crashPoint('simulator.after-take');
    const given = await ports.insertAnswers(
      tx,
      rows.flatMap((row) => ports.decide(row)),
    );
    ports.crashPoint('simulator.before-commit');
    return { taken: rows.length, given };
  });
