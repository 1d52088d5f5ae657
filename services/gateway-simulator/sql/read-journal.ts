import { type Database, forEngine, type PerEngine } from '../../../shared/database/database';
import { inTransaction } from '../../../shared/database/transaction';

const DEFAULT_JOURNAL = 'gateway_journal';
const DEFAULT_ANSWERS = 'gateway_answer';

/** `duplicated` is how many rows too many there are: 0 when every MSG_ID was taken once. Whose message that is, and whether another is the same, the ledger knows. */
export type JournalCounts = { readonly total: number; readonly distinct: number; readonly duplicated: number };

type Rows = readonly Readonly<Record<string, unknown>>[];

/** One message and how often it was taken. */
export type Duplicate = { readonly msgId: string; readonly times: number };

type Read = {
  /** rows of a statement that both engines understand */
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
        // a cursor sees one moment; pages by "greater than the last" would skip rows that commit out of order
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
    // one statement sees one moment
    pages: async (db, journal, onPage) => {
      const { rows } = await db.oracle.execute<{ msg_id: string }>(
        `SELECT MSG_ID FROM ${journal} ORDER BY JOURNAL_SEQ`,
      );
      for (let at = 0; at < rows.length; at += PAGE_ROWS)
        await onPage(rows.slice(at, at + PAGE_ROWS).map((row) => row.msg_id));
    },
  },
};

/** How many rows the simulated province has taken. */
export const countJournal = async (db: Database, journal = DEFAULT_JOURNAL): Promise<JournalCounts> => {
  const [row] = await forEngine(db.engine, READ).ask(
    db,
    `SELECT count(*) AS total, count(DISTINCT msg_id) AS distinct_ids FROM ${journal}`,
  );
  const total = Number(row?.total ?? 0);
  const distinct = Number(row?.distinct_ids ?? 0);
  return { total, distinct, duplicated: total - distinct };
};

/** Messages that were taken more than once, with how often; at most `limit`. */
export const findDuplicates = async (
  db: Database,
  limit: number,
  journal = DEFAULT_JOURNAL,
): Promise<readonly Duplicate[]> => {
  const rows = await forEngine(db.engine, READ).duplicates(db, journal, limit);
  return rows.map((row) => ({ msgId: String(row.msg_id), times: Number(row.times) }));
};

/** The ids of all messages taken so far, page by page in the order of the journal, as they stand at the moment of the call. */
export const readJournal = (
  db: Database,
  onPage: (msgIds: readonly string[]) => void | Promise<void>,
  journal = DEFAULT_JOURNAL,
): Promise<void> => forEngine(db.engine, READ).pages(db, journal, onPage);

/** How many answers are not given yet. */
export const countWaitingAnswers = async (db: Database, answers = DEFAULT_ANSWERS): Promise<number> => {
  const [row] = await forEngine(db.engine, READ).ask(db, `SELECT count(*) AS waiting FROM ${answers}`);
  return Number(row?.waiting ?? 0);
};
