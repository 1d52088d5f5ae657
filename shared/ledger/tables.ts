/** Where messages are: the table of the day, and the history that the archiver moves them to. */
export const LEDGER_TABLES = { day: 'sm_send_t', history: 'sm_send_t_log' } as const;
