import { type Database, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import { inTransaction } from '../../../shared/database/transaction';
import { BridgeError } from '../../../shared/errors';

/**
 * Does `work` while only this process may archive; returns undefined if another one may. `lost`
 * fires when the lock may be gone.
 */
export type HoldRunLock = <T>(work: (lost: AbortSignal) => Promise<T>) => Promise<T | undefined>;

/** The statements on the row of ARCHIVE_LOCK and the connection that holds it. */
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

/** Does `work` while the lock's connection is used once per `beatMs`. */
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
 * Creates the run lock. It is a row lock in a transaction of its own, so it ends with the
 * connection, also when the process is killed. The connection is used every `beatMs`, because the
 * database ends an idle one. A failed reply, or one that is missing at the next beat, means that
 * the lock may be lost. A run that does not notice is fenced by its row: see `RunRecords.count`.
 * @param beatMs pause between two uses of the lock's connection; a loss is noticed after twice this
 *   time
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
      // The lock's transaction wrote no row, so after the work its failure does not matter.
      if (result === undefined) throw error;
    }
    return result?.value;
  };
};
