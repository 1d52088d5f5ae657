import type { MigrationStatements } from './0001-tables';
import type { Grants } from './0002-access-grants';

/** A message that the producer ends keeps its number in the spelling that all others have. */
export const SPELLING_GRANTS: Readonly<Record<string, Grants>> = { sms_producer: { sm_send_t: 'UPDATE (dest_addr)' } };

const statements = (): MigrationStatements => ({
  up: ['GRANT UPDATE (DEST_ADDR) ON SM_SEND_T TO SMS_PRODUCER'],
  down: [],
});

/** On Oracle a right on a column cannot be taken back alone (ORA-01750). */
export const grantProducerSpelling = {
  pg: (): MigrationStatements => ({
    ...statements(),
    down: ['REVOKE UPDATE (dest_addr) ON sm_send_t FROM sms_producer'],
  }),
  oracledb: statements,
};
