import type { Grants } from '../0002-access/grants';
import type { MigrationStatements } from '../statements';

/** The right to normalise the number of a message that the producer ends, as in all other rows. */
export const SPELLING_GRANTS: Readonly<Record<string, Grants>> = { sms_producer: { sm_send_t: 'UPDATE (dest_addr)' } };

/**
 * Grants the right. Oracle cannot revoke UPDATE on one column (ORA-01750): the way down revokes it
 * on all columns and grants the earlier ones again.
 */
export const grantProducerSpelling = {
  pg: (): MigrationStatements => ({
    up: ['GRANT UPDATE (dest_addr) ON sm_send_t TO sms_producer'],
    down: ['REVOKE UPDATE (dest_addr) ON sm_send_t FROM sms_producer'],
  }),
  oracledb: (): MigrationStatements => ({
    up: ['GRANT UPDATE (DEST_ADDR) ON SM_SEND_T TO SMS_PRODUCER'],
    down: [
      'REVOKE UPDATE ON SM_SEND_T FROM SMS_PRODUCER',
      'GRANT UPDATE (STATUS, REASON, EXPIRES_AT, FINAL_AT) ON SM_SEND_T TO SMS_PRODUCER',
    ],
  }),
};
