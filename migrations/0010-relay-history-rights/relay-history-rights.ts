import type { MigrationStatements } from '../statements';

const ENDS = 'SELECT (dest_addr, context, status, reason, handed_at, final_at)';

/**
 * Lets the relay read how a message in the history ended, so that it can publish the end again. On
 * Oracle it can read the whole table anyway, because SELECT on columns does not exist there.
 */
export const grantRelayHistory = {
  pg: (): MigrationStatements => ({
    up: [`GRANT ${ENDS} ON sm_send_t_log TO sms_relay`],
    down: [`REVOKE ${ENDS} ON sm_send_t_log FROM sms_relay`],
  }),
  oracledb: (): MigrationStatements => ({ up: [], down: [] }),
};
