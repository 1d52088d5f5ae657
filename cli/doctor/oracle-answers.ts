import type { Database } from '../../shared/database/database';
import { findKeptAnswers } from '../../shared/service/answers-in-database';
import { countOldReports, DEFAULT_WINDOW_HOURS, OLD_REPORTS_ADVICE } from '../migrate/old-reports';
import { type Finding, warning, well } from './finding';

const CHECK = 'oracle: answers in the database';

/**
 * Reports whether triggers settle the province's answers, and how many answers are kept. When they
 * do, it is always a warning: no events are published meanwhile.
 */
export const checkAnswers = async (db: Database): Promise<Finding> => {
  const owner = await findKeptAnswers(db);
  if (owner === undefined) return well(CHECK, 'off: the collector settles them');
  // Qualified with the owner: these tables exist only for a while, so the service accounts may have
  // no synonyms for them.
  const { rows } = await db.oracle.execute<{ n: number | string }>(
    `SELECT (SELECT COUNT(*) FROM ${owner}.SM_RESP_KEPT) + (SELECT COUNT(*) FROM ${owner}.SM_REPORT_KEPT) + (SELECT COUNT(*) FROM ${owner}.SM_RECV_KEPT) AS N FROM DUAL`,
  );
  const old = await countOldReports(db, owner);
  const aged = old === 0 ? '' : `; ${old} reports for more than ${DEFAULT_WINDOW_HOURS} hours`;
  return warning(
    CHECK,
    `on: triggers move RESP, REPORT and RECV rows into the live tables, ${Number(rows[0]?.n)} are kept, and no event is published about them${aged}`,
    `When Kafka is back: ORACLE_ANSWERS_IN_DATABASE=off sms-bridge migrate (docs/oracle/without-kafka.md).${old === 0 ? '' : ` First: ${OLD_REPORTS_ADVICE}.`}`,
  );
};
