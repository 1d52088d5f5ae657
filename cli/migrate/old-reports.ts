import type { Database } from '../../shared/database/database';

/** The default of REPORT_WINDOW_HOURS. The collector's own setting is not known here. */
export const DEFAULT_WINDOW_HOURS = 72;

const OLD = `INTERVAL '${DEFAULT_WINDOW_HOURS / 24}' DAY`;

/**
 * Counts the kept reports that are older than DEFAULT_WINDOW_HOURS: for these the collector, by
 * default, finds no message by the gateway's id.
 * @param owner schema of the table; undefined: the session's own
 * @throws BridgeError DB_…
 */
export const countOldReports = async ({ oracle }: Pick<Database, 'oracle'>, owner?: string): Promise<number> => {
  const table = owner === undefined ? 'SM_REPORT_KEPT' : `${owner}.SM_REPORT_KEPT`;
  const { rows } = await oracle.execute<{ n: number | string }>(
    `SELECT COUNT(*) AS N FROM ${table} WHERE KEPT_AT < SYS_EXTRACT_UTC(SYSTIMESTAMP) - ${OLD}`,
  );
  return Number(rows[0]?.n);
};

/** The action to take before old reports are given back. */
export const OLD_REPORTS_ADVICE = `with REPORT_WINDOW_HOURS=${DEFAULT_WINDOW_HOURS} the collector finds no message for those without a MSG_ID: set it higher than their age for the collector before they are given back`;
