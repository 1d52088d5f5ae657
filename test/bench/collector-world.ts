import type { BridgeWorld } from '../support/bridge-world';

/**
 * Fills the three exchange tables: one submit result, one report and one received message for each
 * message that was handed over.
 */
export const fillExchangeTables = async ({ database: { db } }: BridgeWorld, messages: number): Promise<void> => {
  await db.query(
    'TRUNCATE sm_send_t, sm_send_part, sm_report_wait, sm_receive_t, client_sms_resp, client_sms_report, client_sms_recv',
  );
  await db.query(
    `INSERT INTO sm_send_t (msg_id, message_id, app_id, ext_code, dest_addr, content, status, created_at, handed_at, expires_at, source)
     SELECT 'm-' || i, 'm-' || i, 'billing', '01', '86138' || lpad(i::text, 8, '0'), '停电通知 ' || i, 'HANDED', now(), now(), now() + interval '1 day', 'kafka'
       FROM generate_series(1, $1::int) i`,
    [messages],
  );
  await db.query(
    `INSERT INTO client_sms_resp (msg_id, gateway_msg_id, result, resp_time)
     SELECT 'm-' || i, 'G' || i, '0', now() FROM generate_series(1, $1::int) i`,
    [messages],
  );
  await db.query(
    `INSERT INTO client_sms_report (gateway_msg_id, msg_id, dest_addr, stat, done_time)
     SELECT 'G' || i, 'm-' || i, '86138' || lpad(i::text, 8, '0'), 'DELIVRD', now() FROM generate_series(1, $1::int) i`,
    [messages],
  );
  await db.query(
    `INSERT INTO client_sms_recv (src_addr, dest_addr, content, msg_fmt, recv_time)
     SELECT '86138' || lpad(i::text, 8, '0'), '10698001', '收到 ' || i, 8, now() FROM generate_series(1, $1::int) i`,
    [messages],
  );
  await db.query('ANALYZE');
  await db.query('CHECKPOINT');
};
