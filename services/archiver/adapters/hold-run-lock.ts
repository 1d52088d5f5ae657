import { type Database, forEngine, type PerEngine } from '../../shared/database/open-database';
import { inTransaction } from '../../shared/database/transaction';
import { BridgeError } from '../../shared/errors';

/** Does `work` while this process alone may archive; undefined when another one may. `lost` fires when the lock may be gone. */
export type HoldRunLock = <T>(work: (lost: AbortSignal) => Promise<T>) => Promise<T | undefined>;

/**
 * The lock is a row lock held by a transaction of its own: it goes with the connection, so a killed process never leaves it behind. The
 * connection is used every few seconds, or the database would end it as idle; an answer that fails, or is still missing at the next beat, means
 * that the lock may be lost. (A run that does not notice is fenced by its row: see `countSlice`.)
 */
const holdOnPostgres =
  (db: Database, beatMs: number): HoldRunLock =>
  async <T>(work: (lost: AbortSignal) => Promise<T>) => {
    let result: { readonly value: T } | undefined;
    const lost = new AbortController();
    try {
      await inTransaction(db, async (tx) => {
        const { rowCount } = await tx.query('SELECT 1 FROM archive_lock FOR UPDATE SKIP LOCKED');
        if (rowCount === 0) {
          const { rowCount: rows } = await tx.query('SELECT 1 FROM archive_lock');
          if (rows === 0)
            throw new BridgeError('ARCHIVE_LOCK_MISSING', 'ARCHIVE_LOCK has no row: migrate the database');
          return;
        }
        let waiting = false;
        const lose = (why: string) => lost.abort(new BridgeError('ARCHIVE_LOCK_LOST', `the run lock is lost: ${why}`));
        const beat = setInterval(() => {
          if (waiting) return lose('the database does not answer');
          waiting = true;
          tx.query('SELECT 1').then(
            () => {
              waiting = false;
            },
            (error: Error) => lose(error.message),
          );
        }, beatMs);
        try {
          result = { value: await work(lost.signal) };
        } finally {
          clearInterval(beat);
        }
      });
    } catch (error) {
      // the lock's transaction wrote nothing: once the work is done, its end does not matter
      if (result === undefined) throw error;
    }
    return result?.value;
  };

const HOLD_RUN_LOCK: PerEngine<(db: Database, beatMs: number) => HoldRunLock> = { pg: holdOnPostgres };

/** @param beatMs how often the lock's connection is used; lost is noticed after twice this */
export const createHoldRunLock = (db: Database, beatMs: number): HoldRunLock =>
  forEngine(db.engine, HOLD_RUN_LOCK)(db, beatMs);
