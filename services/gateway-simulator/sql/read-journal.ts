import { type Database, forEngine, type PerEngine } from '../../../shared/database/database';
import { inTransaction } from '../../../shared/database/transaction';

const DEFAULT_JOURNAL = 'gateway_journal';
const DEFAULT_ANSWERS = 'gateway_answer';

/**
 * Counts of the journal. `duplicated` is the number of excess rows: 0 if every MSG_ID was taken
 * once. The journal cannot tell whose message it is, nor find the same message under two MSG_IDs:
 * the ledger can.
 */
export type JournalCounts = { readonly total: number; readonly distinct: number; readonly duplicated: number };

type Rows = readonly Readonly<Record<string, unknown>>[];

/** One message, and how often it was taken. */
export type Duplicate = { readonly msgId: string; readonly times: number };

type Read = {
  /** returns the rows of a statement in SQL of both engines */
  readonly ask: (db: Database, sql: string) => Promise<Rows>;
  readonly duplicates: (db: Database, journal: string, limit: number) => Promise<Rows>;
  readonly pages: (
    db: Database,
    journal: string,
    onPage: (msgIds: readonly string[]) => void | Promise<void>,
  ) => Promise<void>;
};

const duplicatesOf = (journal: string): string =>
  `SELECT msg_id, count(*) AS times FROM ${journal} GROUP BY msg_id HAVING count(*) > 1 ORDER BY count(*) DESC, msg_id`;

const PAGE_ROWS = 5_000;

const READ: PerEngine<Read> = {
  pg: {
    ask: async (db, sql) => (await db.query(sql)).rows,
    duplicates: async (db, journal, limit) => (await db.query(`${duplicatesOf(journal)} LIMIT $1`, [limit])).rows,
    pages: (db, journal, onPage) =>
      inTransaction(db, async ({ query }) => {
        // A cursor sees one moment. Pages by "greater than the last" would skip rows that commit
        // out of order.
        await query(`DECLARE journal_pages NO SCROLL CURSOR FOR SELECT msg_id FROM ${journal} ORDER BY journal_seq`);
        for (;;) {
          const { rows } = await query<{ msg_id: string }>(`FETCH ${PAGE_ROWS} FROM journal_pages`);
          if (rows.length === 0) return;
          await onPage(rows.map((row) => row.msg_id));
        }
      }),
  },
  oracledb: {
    ask: async (db, sql) => (await db.oracle.execute(sql)).rows,
    duplicates: async (db, journal, limit) =>
      (await db.oracle.execute(`SELECT * FROM (${duplicatesOf(journal)}) WHERE ROWNUM <= :1`, [limit])).rows,
    // One statement sees one moment.
    pages: async (db, journal, onPage) => {
      const { rows } = await db.oracle.execute<{ msg_id: string }>(
        `SELECT MSG_ID FROM ${journal} ORDER BY JOURNAL_SEQ`,
      );
      for (let start = 0; start < rows.length; start += PAGE_ROWS)
        await onPage(rows.slice(start, start + PAGE_ROWS).map((row) => row.msg_id));
    },
  },
};

/** Counts the rows that the simulated province has taken. */
export const countJournal = async (db: Database, journal = DEFAULT_JOURNAL): Promise<JournalCounts> => {
  const [row] = await forEngine(db.engine, READ).ask(
    db,
    `SELECT count(*) AS total, count(DISTINCT msg_id) AS distinct_ids FROM ${journal}`,
  );
  const total = Number(row?.total ?? 0);
  const distinct = Number(row?.distinct_ids ?? 0);
  return { total, distinct, duplicated: total - distinct };
};

/** Returns at most `limit` messages that were taken more than once. */
export const findDuplicates = async (
  db: Database,
  limit: number,
  journal = DEFAULT_JOURNAL,
): Promise<readonly Duplicate[]> => {
  const rows = await forEngine(db.engine, READ).duplicates(db, journal, limit);
  return rows.map((row) => ({ msgId: String(row.msg_id), times: Number(row.times) }));
};

/**
 * Reads the MSG_IDs of all messages taken at the moment of the call, page by page in the order of
 * the journal.
 */
export const readJournal = (
  db: Database,
  onPage: (msgIds: readonly string[]) => void | Promise<void>,
  journal = DEFAULT_JOURNAL,
): Promise<void> => forEngine(db.engine, READ).pages(db, journal, onPage);

/** Counts the rows that are not given yet. */
export const countWaitingAnswers = async (db: Database, answers = DEFAULT_ANSWERS): Promise<number> => {
  const [row] = await forEngine(db.engine, READ).ask(db, `SELECT count(*) AS waiting FROM ${answers}`);
  return Number(row?.waiting ?? 0);
};
