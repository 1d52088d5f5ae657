/** The tables that keep the province's rows while the database settles answers. */
export const ANSWERS = { resp: 'SM_RESP_KEPT', report: 'SM_REPORT_KEPT', recv: 'SM_RECV_KEPT' } as const;
export type AnswerTable = keyof typeof ANSWERS;
export const ANSWER_TABLES = Object.keys(ANSWERS) as readonly AnswerTable[];

/** Returns the name of the trigger on an exchange table. Pure. */
export const triggerName = (table: AnswerTable): string => `SM_${table.toUpperCase()}_TO_DAY`;

/** The current time in UTC, as SQL. */
export const NOW = 'SYS_EXTRACT_UTC(SYSTIMESTAMP)';
