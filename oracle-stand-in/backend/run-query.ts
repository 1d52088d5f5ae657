import { OracleError } from '../sql/oracle-error';
import { findOutside, isWord } from '../sql/tokens';
import { translate } from '../sql/translate';
import type { OracleColumn } from '../wire/oracle-types';
import type { RowSource } from './cursors';
import type { ColumnCatalog } from './describe-columns';
import type { ErrorSituation } from './error-situation';
import type { PostgresSession } from './postgres-session';
import type { QueryCall } from './query-call';
import type { RawResult } from './raw-result';
import { refuseTexts } from './refuse-texts';
import { openStaleRows } from './stale-rows';

export type LockDirection = 'ASC' | 'DESC';

export type QueryRunner = {
  readonly session: PostgresSession;
  readonly columns: ColumnCatalog;
  /** Number of transactions that have ended here: a locking cursor does not survive an end. */
  readonly generation: () => number;
  /** Runs what is planned between the snapshot of a locking query and its locks. */
  readonly beforeLocks: () => Promise<void>;
  /**
   * Order in which FOR UPDATE takes its locks: the plan's, which may differ from ORDER BY.
   * Undefined: the order of ORDER BY.
   */
  readonly lockDirection: () => LockDirection | undefined;
};

let cursorNames = 0;

const buffered = async (result: RawResult, columns: ColumnCatalog): Promise<RowSource> => {
  let at = 0;
  return {
    columns: await columns.describe(result.fields),
    fetch: async (count) => {
      const rows = result.rows.slice(at, at + count);
      at += rows.length;
      return rows;
    },
    close: async () => undefined,
  };
};

const withoutLock = (call: QueryCall): string => {
  const { tokens } = call.statement;
  const end = findOutside(tokens, 0, (token, at) => isWord(token, 'FOR') && isWord(tokens[at + 1], 'UPDATE'));
  return translate({ ...call.statement, tokens: tokens.slice(0, end) }, call.context);
};

/**
 * Runs a locking query. PostgreSQL requires the right to change what is locked, Oracle only SELECT.
 * So when that right is missing and reading is allowed, the query runs as superuser.
 */
const lockingAnyway = async <T>(call: QueryCall, session: PostgresSession, work: () => Promise<T>): Promise<T> => {
  await session.run('SAVEPOINT ora_lock');
  try {
    return await work();
  } catch (error) {
    if ((error as { code?: string }).code !== '42501') throw error;
    await session.run('ROLLBACK TO SAVEPOINT ora_lock');
    await session.run(`EXPLAIN ${withoutLock(call)}`, call.values);
    const { rows } = await session.run(`SELECT current_setting('session_authorization')`);
    await session.run('SET LOCAL SESSION AUTHORIZATION DEFAULT');
    try {
      return await work();
    } finally {
      await session.run(`SET LOCAL SESSION AUTHORIZATION "${String(rows[0]?.[0])}"`);
    }
  }
};

/**
 * Opens a query with SKIP LOCKED as a server-side cursor: locks are taken row by row as rows are
 * fetched, as in Oracle.
 */
const lockedAtFetch = async (
  call: QueryCall,
  sql: string,
  runner: QueryRunner,
  situation: ErrorSituation,
): Promise<RowSource> => {
  const { session, columns, generation } = runner;
  cursorNames += 1;
  const name = `ora_cursor_${cursorNames}`;
  const born = generation();
  const locking = <T>(work: () => Promise<T>): Promise<T> => lockingAnyway(call, session, work);
  const { head, stale } = await session.inStatement(situation, async () => {
    await locking(() => session.run(`DECLARE ${name} NO SCROLL CURSOR FOR ${sql}`, call.values));
    const rows = await openStaleRows(call, session, `${name}_seen`, locking);
    return { stale: rows, head: await session.run(`FETCH 0 FROM ${name}`) };
  });
  await runner.beforeLocks();
  return {
    columns: await columns.describe(head.fields),
    fetch: async (count) => {
      if (generation() !== born) throw new OracleError(1002, 'fetch out of sequence');
      if (count === 0) return [];
      return session.inStatement(
        situation,
        async () => (await stale?.fetch(count)) ?? (await session.run(`FETCH FORWARD ${count} FROM ${name}`)).rows,
      );
    },
    close: async () => {
      if (generation() !== born) return;
      const seen = stale === undefined ? '' : `; CLOSE ${name}_seen`;
      await session.run(`CLOSE ${name}${seen}`).catch(() => undefined);
    },
  };
};

/**
 * Describes a query without running it. For DML it returns no columns, after PostgreSQL has planned
 * the statement.
 */
export const describeUnrun = async (call: QueryCall, runner: QueryRunner): Promise<readonly OracleColumn[]> => {
  const { statement } = call;
  const isQuery = statement.kind === 'query';
  const text = statement.lock === 'none' ? translate(statement, call.context) : withoutLock(call);
  const sql = isQuery ? `SELECT * FROM (${text}) AS unrun LIMIT 0` : `EXPLAIN ${text}`;
  const situation = { verb: statement.tokens[0]?.value ?? '', lockWait: false };
  const { fields } = await runner.session.reading(situation, () => runner.session.run(sql, call.values));
  return isQuery ? runner.columns.describe(fields) : [];
};

/** Locks the rows of a sorted query in another order than its own: by physical position. */
const lockByPlace = async (call: QueryCall, session: PostgresSession, direction: LockDirection): Promise<void> => {
  const { tokens, lock } = call.statement;
  const order = findOutside(tokens, 0, (token, at) => isWord(token, 'ORDER') && isWord(tokens[at + 1], 'BY'));
  if (order === tokens.length) return;
  const sql = translate({ ...call.statement, tokens: tokens.slice(0, order) }, call.context);
  const end = `ORDER BY ctid ${direction} FOR UPDATE${lock === 'nowait' ? ' NOWAIT' : ''}`;
  await session.run(`${sql} ${end}`, call.values);
};

/** Opens a query. Without SKIP LOCKED all locks are taken now, before the first fetch. */
export const openQuery = async (call: QueryCall, runner: QueryRunner): Promise<RowSource> => {
  const { lock } = call.statement;
  const { session, columns } = runner;
  const sql = translate(call.statement, call.context);
  const situation: ErrorSituation = { verb: 'SELECT', lockWait: typeof lock === 'object' };
  if (lock === 'none')
    return buffered(
      await session.reading(situation, async () => {
        const result = await session.run(sql, call.values, true);
        await refuseTexts(session, sql, call.context.bindTypes, [call.values]);
        return result;
      }),
      columns,
    );
  if (lock === 'skip') return lockedAtFetch(call, sql, runner, situation);
  const result = await session.inStatement(situation, async () => {
    if (typeof lock === 'object') await session.run(`SET LOCAL lock_timeout = '${Math.max(lock.seconds * 1000, 1)}ms'`);
    const rows = await lockingAnyway(call, session, async () => {
      const direction = runner.lockDirection();
      if (direction !== undefined) await lockByPlace(call, session, direction);
      return session.run(sql, call.values);
    });
    if (typeof lock === 'object') await session.run('SET LOCAL lock_timeout = 0');
    return rows;
  });
  return buffered(result, columns);
};
