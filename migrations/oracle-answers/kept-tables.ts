/** The three tables that the province writes, and where their rows are kept while the database settles them. */
export const ANSWERS = { resp: 'SM_RESP_KEPT', report: 'SM_REPORT_KEPT', recv: 'SM_RECV_KEPT' } as const;
export type AnswerTable = keyof typeof ANSWERS;
export const ANSWER_TABLES = Object.keys(ANSWERS) as readonly AnswerTable[];

export const triggerName = (table: AnswerTable): string => `SM_${table.toUpperCase()}_TO_DAY`;

export const NOW = 'SYS_EXTRACT_UTC(SYSTIMESTAMP)';
