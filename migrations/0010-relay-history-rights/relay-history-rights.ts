import type { MigrationStatements } from '../statements';

const ENDS = 'SELECT (dest_addr, context, status, reason, handed_at, final_at)';

/** The relay publishes the end of a message of the history again. On Oracle it may read the whole table anyway: rights on columns are not known there. */
export const grantRelayHistory = {
  pg: (): MigrationStatements => ({
    up: [`GRANT ${ENDS} ON sm_send_t_log TO sms_relay`],
    down: [`REVOKE ${ENDS} ON sm_send_t_log FROM sms_relay`],
  }),
  oracledb: (): MigrationStatements => ({ up: [], down: [] }),
};
