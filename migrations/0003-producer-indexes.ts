import type { MigrationStatements } from './0001-tables';

/**
 * The producer's look-ups: received messages in the order in which they are read over HTTP, and cancelled ones whose event is not published yet
 * (hardly ever any).
 */
export const createProducerIndexes = {
  pg: (): MigrationStatements => ({
    up: [
      'CREATE INDEX sm_receive_t_read ON sm_receive_t (app_id, offered_at, received_id)',
      'CREATE INDEX sm_receive_t_log_read ON sm_receive_t_log (app_id, offered_at, received_id)',
      `CREATE INDEX sm_send_t_cancelled ON sm_send_t (message_id) WHERE status = 'CANCELLED' AND final_at IS NULL`,
    ],
    down: ['DROP INDEX sm_receive_t_read, sm_receive_t_log_read, sm_send_t_cancelled'],
  }),
};
