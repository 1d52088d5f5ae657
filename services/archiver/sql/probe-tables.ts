import { randomUUID } from 'node:crypto';
import { type Database, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import { rolledBack } from '../../../shared/database/rolled-back';
import { SETTLE_PORTS } from './acked-rows';
import { PENDING_ACKS } from './pending-acks';

/** Inserts the longest rows of the two histories. */
const INTO_HISTORIES: PerEngine<(tx: Tx, id: string, now: Date) => Promise<void>> = {
  pg: async ({ query }, id, now) => {
    await query(
      `INSERT INTO sm_send_t_log (msg_id, message_id, app_id, ext_code, dest_addr, content, priority, need_report, context, status, scheduled_at, expires_at, created_at,
                                  handed_at, submitted_at, final_at, gateway_msg_id, gateway_code, part_count, parts_done, source, archived_at)
       VALUES ($1, $1, repeat('a', 32), repeat('9', 20), repeat('9', 20), repeat('测', 1000), 3, true, repeat('测', 512), 'DELIVERED', $2, $2, $2, $2, $2, $2,
               repeat('9', 64), repeat('9', 32), 15, 15, 'kafka', $2)`,
      [id, now],
    );
    await query(
      `INSERT INTO sm_receive_t_log (received_id, src_addr, dest_addr, ext_code, app_id, content, received_at, recorded_at, offered_at, attempt, archived_at, outcome)
       VALUES ($1, repeat('9', 32), repeat('9', 40), repeat('9', 20), repeat('a', 32), repeat('测', 2000), $2, $2, $2, 1, $2, 'unprocessed')`,
      [id, now],
    );
  },
  oracledb: async ({ oracle }, id, now) => {
    await oracle.execute(
      `INSERT INTO SM_SEND_T_LOG (MSG_ID, MESSAGE_ID, APP_ID, EXT_CODE, DEST_ADDR, CONTENT, PRIORITY, NEED_REPORT, CONTEXT, STATUS, SCHEDULED_AT, EXPIRES_AT, CREATED_AT,
  HANDED_AT, SUBMITTED_AT, FINAL_AT, GATEWAY_MSG_ID, GATEWAY_CODE, PART_COUNT, PARTS_DONE, SOURCE, ARCHIVED_AT)
VALUES (:id, :id, RPAD('a', 32, 'a'), RPAD('9', 20, '9'), RPAD('9', 20, '9'), :content, 3, 1, :context, 'DELIVERED', :now, :now, :now, :now, :now, :now,
  RPAD('9', 64, '9'), RPAD('9', 32, '9'), 15, 15, 'kafka', :now)`,
      { id, now, content: '测'.repeat(1000), context: '测'.repeat(512) },
    );
    await oracle.execute(
      `INSERT INTO SM_RECEIVE_T_LOG (RECEIVED_ID, SRC_ADDR, DEST_ADDR, EXT_CODE, APP_ID, CONTENT, RECEIVED_AT, RECORDED_AT, OFFERED_AT, ATTEMPT, ARCHIVED_AT, OUTCOME)
VALUES (:id, RPAD('9', 32, '9'), RPAD('9', 40, '9'), RPAD('9', 20, '9'), RPAD('a', 32, 'a'), :content, :now, :now, :now, 1, :now, 'unprocessed')`,
      { id, now, content: '测'.repeat(1000) },
    );
  },
};

/**
 * Returns any received message whose row no other session has locked; undefined if there is none.
 */
const ANY_RECEIVED: PerEngine<(tx: Tx) => Promise<string | undefined>> = {
  pg: async ({ query }) =>
    (await query<{ received_id: string }>('SELECT received_id FROM sm_receive_t LIMIT 1 FOR UPDATE SKIP LOCKED'))
      .rows[0]?.received_id,
  oracledb: async ({ oracle }) =>
    (
      await oracle.execute<{ received_id: string }>('SELECT RECEIVED_ID FROM SM_RECEIVE_T FOR UPDATE SKIP LOCKED', [], {
        maxRows: 1,
      })
    ).rows[0]?.received_id,
};

/**
 * Returns a probe that writes the longest values that the archiver keeps, and rolls them back. The
 * probe resolves if acknowledgements and finished messages can be kept.
 * @throws BridgeError the error of the statement that failed
 */
export const createProbeTables = (db: Database): (() => Promise<void>) => {
  const { store } = forEngine(db.engine, PENDING_ACKS);
  const { markProcessed } = forEngine(db.engine, SETTLE_PORTS);
  const anyReceived = forEngine(db.engine, ANY_RECEIVED);
  const intoHistories = forEngine(db.engine, INTO_HISTORIES);
  return () =>
    rolledBack(db, async (tx) => {
      const now = Date.now();
      const id = randomUUID().padEnd(64, '0');
      await store(tx, [{ receivedId: id, appId: 'a'.repeat(32), processedAt: now }], now);
      await intoHistories(tx, id, new Date(now));
      const receivedId = await anyReceived(tx);
      if (receivedId !== undefined)
        await markProcessed(tx, 'live', [{ receivedId, appId: 'a'.repeat(32), processedAt: now }]);
    });
};
