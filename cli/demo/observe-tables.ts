import type { Query } from '../../services/shared/database/open-database';
import { loadExchangeNames } from '../../services/shared/exchange/exchange-names';

/** How often the province took each message, by its own journal. */
export const loadJournal = async (query: Query): Promise<ReadonlyMap<string, number>> => {
  const { rows } = await query<{ msg_id: string; times: number }>(
    'SELECT msg_id, count(*)::int AS times FROM gateway_journal GROUP BY msg_id',
  );
  return new Map(rows.map(({ msg_id, times }) => [msg_id, times]));
};

export type ProvinceCounts = {
  /** different messages that it took */
  readonly taken: number;
  /** rows that it has not taken, and answers that it has not given */
  readonly waiting: number;
  /** inbound messages that it gave */
  readonly replies: number;
};

/** Where the province stands. */
export const countAtProvince = async (query: Query): Promise<ProvinceCounts> => {
  const { rows } = await query<ProvinceCounts>(
    `SELECT (SELECT count(DISTINCT msg_id) FROM gateway_journal)::int AS taken,
            ((SELECT count(*) FROM gateway_answer) + (SELECT count(*) FROM ${loadExchangeNames().tables.send}))::int AS waiting,
            (SELECT count(*) FROM gateway_answer_log WHERE kind = 'recv')::int AS replies`,
  );
  return rows[0] as ProvinceCounts;
};

export type PlatformCounts = {
  readonly archivedSent: number;
  readonly archivedReceived: number;
  /** inbound messages whose acknowledgement has been noted */
  readonly processed: number;
  /** rows of the province that the collector has not taken */
  readonly untaken: number;
  /** reports that wait for their message */
  readonly unmatched: number;
};

/** Where the platform stands: for the progress, and to see what is stuck. Nothing is judged by it. */
export const countAtPlatform = async (query: Query): Promise<PlatformCounts> => {
  const { resp, report, recv } = loadExchangeNames().tables;
  const { rows } = await query<PlatformCounts>(
    `SELECT (SELECT count(*) FROM sm_send_t_log)::int AS "archivedSent", (SELECT count(*) FROM sm_receive_t_log)::int AS "archivedReceived",
            (SELECT count(*) FROM sm_receive_t WHERE processed_at IS NOT NULL)::int AS processed,
            ((SELECT count(*) FROM ${resp}) + (SELECT count(*) FROM ${report}) + (SELECT count(*) FROM ${recv}))::int AS untaken,
            (SELECT count(*) FROM sm_report_wait)::int AS unmatched`,
  );
  return rows[0] as PlatformCounts;
};
