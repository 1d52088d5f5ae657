import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';

type Row = Readonly<Record<string, unknown>>;

/**
 * Runs a query in SQL that both engines accept. `from` is the clause that a SELECT of scalar
 * subqueries needs at its end.
 */
type Ask = { readonly rows: (db: Database, sql: string) => Promise<readonly Row[]>; readonly from: string };

const ASK: PerEngine<Ask> = {
  pg: { rows: async ({ query }, sql) => (await query<Row>(sql)).rows, from: '' },
  oracledb: { rows: async ({ oracle }, sql) => (await oracle.execute<Row>(sql)).rows, from: ' FROM DUAL' },
};

/**
 * Counts how often the province took each message, according to its own journal. The journal knows
 * only MSG_ID: the ledger and the history map it to the messageId. A MSG_ID that neither knows
 * stays as it is.
 */
export const loadJournal = async (province: Database, platform: Database): Promise<ReadonlyMap<string, number>> => {
  const { rows } = forEngine(province.engine, ASK);
  const named = await rows(
    platform,
    'SELECT msg_id, message_id FROM sm_send_t UNION ALL SELECT msg_id, message_id FROM sm_send_t_log',
  );
  const messageIds = new Map(named.map(({ msg_id, message_id }) => [String(msg_id), String(message_id)]));
  const taken = await rows(province, 'SELECT msg_id, count(*) AS times FROM gateway_journal GROUP BY msg_id');
  const journal = new Map<string, number>();
  for (const { msg_id, times } of taken) {
    const id = messageIds.get(String(msg_id)) ?? String(msg_id);
    journal.set(id, (journal.get(id) ?? 0) + Number(times));
  }
  return journal;
};

type Counts<Name extends string> = { readonly [N in Name]: number };

/** Runs several counts as scalar subqueries of one statement, so that all are of one moment. */
const count = async <Name extends string>(
  db: Database,
  counts: { readonly [N in Name]: readonly string[] },
): Promise<Counts<Name>> => {
  const { rows, from } = forEngine(db.engine, ASK);
  const all = Object.entries<readonly string[]>(counts);
  const columns = all.map(([, parts], index) => `${parts.map((part) => `(SELECT ${part})`).join(' + ')} AS n${index}`);
  const [row] = await rows(db, `SELECT ${columns.join(', ')}${from}`);
  return Object.fromEntries(all.map(([name], index) => [name, Number(row?.[`n${index}`])])) as Counts<Name>;
};

/**
 * Counts at the province: distinct messages taken; rows not yet taken plus answers not yet given
 * (`waiting`); received messages given (`replies`).
 */
export const countAtProvince = (db: Database): Promise<Counts<'taken' | 'waiting' | 'replies'>> =>
  count(db, {
    taken: ['count(DISTINCT msg_id) FROM gateway_journal'],
    waiting: ['count(*) FROM gateway_answer', `count(*) FROM ${loadExchangeMapping().tables.send}`],
    replies: [`count(*) FROM gateway_answer_log WHERE kind = 'recv'`],
  });

/**
 * Counts in the platform's tables, to show progress and to explain a standstill; no judgement rests
 * on them. `processed`: received messages whose acknowledgement is stored. `untaken`: rows of the
 * province that the collector has not taken. `unmatched`: reports that wait for their message.
 */
export const countAtPlatform = (
  db: Database,
): Promise<Counts<'archivedSent' | 'archivedReceived' | 'processed' | 'untaken' | 'unmatched'>> => {
  const { resp, report, recv } = loadExchangeMapping().tables;
  return count(db, {
    archivedSent: ['count(*) FROM sm_send_t_log'],
    archivedReceived: ['count(*) FROM sm_receive_t_log'],
    processed: ['count(*) FROM sm_receive_t WHERE processed_at IS NOT NULL'],
    untaken: [resp, report, recv].map((table) => `count(*) FROM ${table}`),
    unmatched: ['count(*) FROM sm_report_wait'],
  });
};
