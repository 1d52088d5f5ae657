import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { type MigrationOptions, placeIn } from '../oracle/oracle-tablespaces';
import type { MigrationStatements } from '../statements';

/**
 * Creates the indexes of the producer's look-ups: received messages in the order of reading over
 * HTTP, and cancelled messages whose event is not published yet (there are hardly any).
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
  oracledb: (_names: ExchangeMapping, options: MigrationOptions): MigrationStatements => {
    const place = placeIn(options);
    return {
      up: [
        `CREATE INDEX SM_RECEIVE_T_READ ON SM_RECEIVE_T (APP_ID, OFFERED_AT, RECEIVED_ID) INITRANS 16${place('dayIndex')}`,
        `CREATE INDEX SM_RECEIVE_T_LOG_READ ON SM_RECEIVE_T_LOG (APP_ID, OFFERED_AT, RECEIVED_ID) INITRANS 16${place('historyIndex')}`,
        `CREATE INDEX SM_SEND_T_CANCELLED ON SM_SEND_T (CASE WHEN STATUS = 'CANCELLED' AND FINAL_AT IS NULL THEN MESSAGE_ID END) INITRANS 16${place('dayIndex')}`,
      ],
      down: ['DROP INDEX SM_SEND_T_CANCELLED', 'DROP INDEX SM_RECEIVE_T_LOG_READ', 'DROP INDEX SM_RECEIVE_T_READ'],
    };
  },
};
