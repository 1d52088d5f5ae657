/** The two tables of messages: the live one, and the history that the archiver moves them to. */
export const LEDGER_TABLES = { live: 'sm_send_t', history: 'sm_send_t_log' } as const;
