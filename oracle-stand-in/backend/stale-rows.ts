import { findOutside, isWord, toTokens } from '../sql/tokens';
import { translate } from '../sql/translate';
import type { Value } from '../wire/oracle-types';
import type { PostgresSession } from './postgres-session';
import type { QueryCall } from './query-call';

/**
 * Rows as Oracle's SKIP LOCKED may return them: as of the opening of the cursor, locked only when
 * fetched, and not rechecked. A row that was changed or deleted in between is returned with its old
 * values.
 */
export type StaleRows = { readonly fetch: (count: number) => Promise<readonly (readonly Value[])[]> };

/**
 * Returns SQL for the positions that are now locked or gone, in their order. Positions that other
 * sessions have locked are left out.
 */
const lockText = (table: string): string => `
WITH seen AS MATERIALIZED (SELECT n, currtid2($1, at) AS at FROM unnest($2::tid[]) WITH ORDINALITY AS s (at, n)),
locked AS MATERIALIZED (SELECT seen.n FROM seen JOIN ${table} t ON t.ctid = seen.at FOR UPDATE OF t SKIP LOCKED)
SELECT n FROM seen WHERE n IN (SELECT n FROM locked) OR NOT EXISTS (SELECT 1 FROM ${table} t WHERE t.ctid = seen.at) ORDER BY n`;

/** System columns of every row: its table and its position. */
const PLACE = toTokens(', tableoid, ctid');

/**
 * Returns the query without its lock, with table and position of each row after its columns;
 * undefined where a row may come from several tables.
 */
const seenText = (call: QueryCall): string | undefined => {
  const { tokens } = call.statement;
  const from = findOutside(tokens, 0, (token) => isWord(token, 'FROM'));
  const end = findOutside(tokens, 0, (token, at) => isWord(token, 'FOR') && isWord(tokens[at + 1], 'UPDATE'));
  if (!isWord(tokens[0], 'SELECT') || tokens.some((token) => isWord(token, 'ROWNUM'))) return undefined;
  const seen = [...tokens.slice(0, from), ...PLACE, ...tokens.slice(from, end)];
  return translate({ ...call.statement, tokens: seen }, call.context);
};

/** Errors for a view or a join, whose rows have no position of their own. */
const NO_PLACE = new Set(['42703', '42702']);

/**
 * Opens the cursor on the rows as they are now.
 * @param locking runs work that takes locks
 * @returns undefined when this kind of query is not supported: its rows are then returned as
 * PostgreSQL locks them
 */
export const openStaleRows = async (
  call: QueryCall,
  session: PostgresSession,
  cursor: string,
  locking: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<StaleRows | undefined> => {
  const sql = seenText(call);
  if (sql === undefined) return undefined;
  await session.run('SAVEPOINT ora_seen');
  try {
    await session.run(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${sql}`, call.values);
  } catch (error) {
    if (!NO_PLACE.has((error as { code?: string }).code ?? '')) throw error;
    await session.run('ROLLBACK TO SAVEPOINT ora_seen');
    return undefined;
  }
  let table: string | undefined;
  return {
    fetch: async (count) => {
      const rows: (readonly Value[])[] = [];
      while (rows.length < count) {
        const asked = count - rows.length;
        const { rows: found } = await session.run(`FETCH FORWARD ${asked} FROM ${cursor}`);
        if (found.length === 0) break;
        table ??= (await session.run('SELECT $1::oid::regclass::text', [found[0]?.at(-2) ?? null]))
          .rows[0]?.[0] as string;
        const places = `{${found.map((row) => `"${String(row.at(-1))}"`).join(',')}}`;
        const name = table;
        const locked = await locking(() => session.run(lockText(name), [name, places]));
        for (const [n] of locked.rows) rows.push((found[Number(n) - 1] ?? []).slice(0, -2));
        if (found.length < asked) break;
      }
      return rows;
    },
  };
};
