import { findKeptAnswers } from '../../services/shared/database/answers-in-database';
import type { Database } from '../../services/shared/database/open-database';
import { type Finding, warning, well } from './finding';

const CHECK = 'oracle: answers in the database';

/** Whether triggers settle the province's answers, and how many are kept. On, it is always worth a word: nothing is published meanwhile. */
export const checkAnswers = async (db: Database): Promise<Finding> => {
  const owner = await findKeptAnswers(db);
  if (owner === undefined) return well(CHECK, 'off: the collector settles them');
  // not all of the service accounts' roles own a synonym for these: they are there for a while only
  const { rows } = await db.oracle.execute<{ n: number | string }>(
    `SELECT (SELECT COUNT(*) FROM ${owner}.SM_RESP_KEPT) + (SELECT COUNT(*) FROM ${owner}.SM_REPORT_KEPT) + (SELECT COUNT(*) FROM ${owner}.SM_RECV_KEPT) AS N FROM DUAL`,
  );
  return warning(
    CHECK,
    `on: triggers move RESP, REPORT and RECV rows into the day tables, ${Number(rows[0]?.n)} are kept, and no event is published about them`,
    'When Kafka is back: ORACLE_ANSWERS_IN_DATABASE=off sms-bridge migrate (docs/oracle.md, Without Kafka).',
  );
};
