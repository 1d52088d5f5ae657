import { type Database, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import { inTransaction } from '../../../shared/database/transaction';
import { BridgeError } from '../../../shared/errors';

/** Does `work` while this process alone may archive; undefined when another one may. `lost` fires when the lock may be gone. */
export type HoldRunLock = <T>(work: (lost: AbortSignal) => Promise<T>) => Promise<T | undefined>;

/** The row of ARCHIVE_LOCK, and the connection that holds it. */
type LockStatements = {
  readonly take: (tx: Tx) => Promise<'held' | 'busy' | 'no row'>;
  /** Uses the connection. */
  readonly touch: (tx: Tx) => Promise<unknown>;
};

const onPostgres: LockStatements = {
  take: async ({ query }) => {
    const { rowCount } = await query('SELECT 1 FROM archive_lock FOR UPDATE SKIP LOCKED');
    if (rowCount > 0) return 'held';
    const { rowCount: rows } = await query('SELECT 1 FROM archive_lock');
    return rows === 0 ? 'no row' : 'busy';
  },
  touch: ({ query }) => query('SELECT 1'),
};

const onOracle: LockStatements = {
  take: async ({ oracle }) => {
    try {
      const { rows } = await oracle.execute('SELECT ONLY_ROW FROM ARCHIVE_LOCK FOR UPDATE NOWAIT');
      return rows.length > 0 ? 'held' : 'no row';
    } catch (error) {
      if (error instanceof BridgeError && error.code === 'DB_LOCKED') return 'busy';
      throw error;
    }
  },
  touch: ({ oracle }) => oracle.execute('SELECT 1 AS ALIVE FROM DUAL'),
};

const LOCK_STATEMENTS: PerEngine<LockStatements> = { pg: onPostgres, oracledb: onOracle };

/** Does `work` while the connection of `tx` is used every so often. */
const whileTouched = async <T>(
  touch: () => Promise<unknown>,
  beatMs: number,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T> => {
  const lost = new AbortController();
  let waiting = false;
  const lose = (why: string) => lost.abort(new BridgeError('ARCHIVE_LOCK_LOST', `the run lock is lost: ${why}`));
  const beat = setInterval(() => {
    if (waiting) return lose('the database does not answer');
    waiting = true;
    touch().then(
      () => {
        waiting = false;
      },
      (error: Error) => lose(error.message),
    );
  }, beatMs);
  try {
    return await work(lost.signal);
  } finally {
    clearInterval(beat);
  }
};

/**
 * The lock is a row lock held by a transaction of its own: it goes with the connection, so a killed process never leaves it behind. The
 * connection is used every few seconds, or the database would end it as idle; an answer that fails, or is still missing at the next beat, means
 * that the lock may be lost. (A run that does not notice is fenced by its row: see `RunRecords.count`.)
 * @param beatMs how often the lock's connection is used; lost is noticed after twice this
 */
export const createHoldRunLock = (db: Database, beatMs: number): HoldRunLock => {
  const { take, touch } = forEngine(db.engine, LOCK_STATEMENTS);
  return async <T>(work: (lost: AbortSignal) => Promise<T>) => {
    let result: { readonly value: T } | undefined;
    try {
      await inTransaction(db, async (tx) => {
        const taken = await take(tx);
        if (taken === 'no row')
          throw new BridgeError('ARCHIVE_LOCK_MISSING', 'ARCHIVE_LOCK has no row: migrate the database');
        if (taken === 'busy') return;
        result = { value: await whileTouched(() => touch(tx), beatMs, work) };
      });
    } catch (error) {
      // the lock's transaction wrote nothing: once the work is done, its end does not matter
      if (result === undefined) throw error;
    }
    return result?.value;
  };
};
