import type { Database, Query } from '../../shared/database/open-database';
import { inTransaction } from '../../shared/database/transaction';

const DEFAULT_JOURNAL = 'gateway_journal';
const DEFAULT_ANSWERS = 'gateway_answer';

/** `duplicated` is how many rows too many there are: 0 when every message was taken once. */
export type JournalCounts = { readonly total: number; readonly distinct: number; readonly duplicated: number };

/** How many rows the simulated province has taken. */
export const countJournal = async (query: Query, journal = DEFAULT_JOURNAL): Promise<JournalCounts> => {
  const { rows } = await query<{ total: string; distinct_ids: string }>(
    `SELECT count(*) AS total, count(DISTINCT msg_id) AS distinct_ids FROM ${journal}`,
  );
  const total = Number(rows[0]?.total ?? 0);
  const distinct = Number(rows[0]?.distinct_ids ?? 0);
  return { total, distinct, duplicated: total - distinct };
};

/** Messages that were taken more than once, with how often; at most `limit`. */
export const findDuplicates = async (
  query: Query,
  limit: number,
  journal = DEFAULT_JOURNAL,
): Promise<readonly { readonly msgId: string; readonly times: number }[]> => {
  const { rows } = await query<{ msg_id: string; times: string }>(
    `SELECT msg_id, count(*) AS times FROM ${journal} GROUP BY msg_id HAVING count(*) > 1 ORDER BY count(*) DESC, msg_id LIMIT $1`,
    [limit],
  );
  return rows.map((row) => ({ msgId: row.msg_id, times: Number(row.times) }));
};

const PAGE_ROWS = 5_000;

/** The ids of all messages taken so far, page by page in the order of the journal, as they stand at the moment of the call. */
export const readJournal = (
  db: Database,
  onPage: (msgIds: readonly string[]) => void | Promise<void>,
  journal = DEFAULT_JOURNAL,
): Promise<void> =>
  inTransaction(db, async ({ query }) => {
    // a cursor sees one moment; pages by "greater than the last" would skip rows that commit out of order
    await query(`DECLARE journal_pages NO SCROLL CURSOR FOR SELECT msg_id FROM ${journal} ORDER BY journal_seq`);
    for (;;) {
      const { rows } = await query<{ msg_id: string }>(`FETCH ${PAGE_ROWS} FROM journal_pages`);
      if (rows.length === 0) return;
      await onPage(rows.map((row) => row.msg_id));
    }
  });

/** How many answers are not given yet. */
export const countWaitingAnswers = async (query: Query, answers = DEFAULT_ANSWERS): Promise<number> => {
  const { rows } = await query<{ waiting: string }>(`SELECT count(*) AS waiting FROM ${answers}`);
  return Number(rows[0]?.waiting ?? 0);
};
