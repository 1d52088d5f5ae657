const ROWS = 60_000;

/**
 * A busy day: most messages are handed over or delivered, and a few are of each other kind, over
 * the last five days.
 */
export const BUSY_DAY = [
  `INSERT INTO sm_send_t (msg_id, message_id, app_id, dest_addr, content, status, created_at, expires_at, scheduled_at, handed_at, submitted_at, final_at, gateway_msg_id, source)
   SELECT 'm-' || lpad(i::text, 8, '0'), 'm-' || lpad(i::text, 8, '0'), 'app-' || i % 50, '86138' || i, 'x', s.status, t.at, CASE WHEN i % 40 = 7 AND s.final THEN NULL ELSE t.at + interval '1 day' END,
          CASE WHEN s.status = 'SCHEDULED' THEN t.at + interval '3 days' END, CASE WHEN s.handed THEN t.at END, CASE WHEN s.handed THEN t.at END,
          CASE WHEN s.final THEN t.at END, CASE WHEN s.handed THEN md5(i::text) END, 'kafka'
     FROM generate_series(1, ${ROWS}) AS i, LATERAL (SELECT now() - i % 4320 * interval '100 seconds' AS at) AS t, LATERAL (
       SELECT CASE WHEN i % 200 = 0 THEN 'NEW' WHEN i % 200 = 1 THEN 'SCHEDULED' WHEN i % 200 = 2 THEN 'QUEUED' WHEN i % 1000 = 3 THEN 'CANCELLED'
                   WHEN i % 4 = 0 THEN 'SUBMITTED' ELSE 'DELIVERED' END AS status, i % 200 > 3 AS handed, i % 200 > 3 AND i % 4 > 0 AS final) AS s`,
  `INSERT INTO sm_send_t_log (msg_id, message_id, app_id, dest_addr, content, status, created_at, gateway_msg_id, submitted_at, handed_at, archived_at)
   SELECT 'h-' || lpad(i::text, 8, '0'), 'h-' || lpad(i::text, 8, '0'), 'app-' || i % 50, '86138' || i, 'x', 'DELIVERED', t.at, md5('h' || i), t.at, t.at, t.at
     FROM generate_series(1, ${ROWS}) AS i, LATERAL (SELECT now() - i % 92 * interval '1 day' AS at) AS t`,
  `INSERT INTO sm_send_part (msg_id, gateway_key, gateway_msg_id, part_no, status, created_at)
   SELECT 'm-' || lpad(i::text, 8, '0'), upper(md5('p' || i)), md5('p' || i), 1, 'SUBMITTED', now() FROM generate_series(1, ${ROWS}) AS i`,
  `INSERT INTO sm_report_wait (event_id, source_seq, gateway_msg_id, first_seen_at, next_try_at, tries)
   SELECT 'e' || i, i, md5('w' || i), now(), now() + i % 100 * interval '1 minute' - interval '1 minute', 1 FROM generate_series(1, ${ROWS / 10}) AS i`,
  `INSERT INTO sm_receive_t (received_id, src_addr, dest_addr, app_id, content, received_at, recorded_at, offered_at, processed_at)
   SELECT 'r-' || lpad(i::text, 8, '0'), '1', '2', 'app-' || i % 50, 'x', t.at, t.at, t.at, CASE WHEN i % 3 > 0 THEN t.at END
     FROM generate_series(1, ${ROWS}) AS i, LATERAL (SELECT now() - i % 1440 * interval '1 minute' AS at) AS t`,
  `INSERT INTO sm_receive_t_log (received_id, src_addr, dest_addr, app_id, content, received_at, recorded_at, offered_at, archived_at, outcome)
   SELECT 'l-' || lpad(i::text, 8, '0'), '1', '2', 'app-' || i % 50, 'x', t.at, t.at, t.at, t.at, 'processed'
     FROM generate_series(1, ${ROWS}) AS i, LATERAL (SELECT now() - i % 92 * interval '1 day' AS at) AS t`,
  ...['resp', 'report', 'recv'].map(
    (table) => `INSERT INTO client_sms_${table} (seq_id) SELECT i FROM generate_series(1, ${ROWS / 10}) AS i`,
  ),
  // one account of a business system, for the views
  `INSERT INTO login_user (username, app_id, role) VALUES (session_user, 'app-7', 'application')`,
  'ANALYZE',
];
