import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';

/** Rights of one role: the privileges of each table or view, as GRANT takes them. */
export type Grants = Readonly<Record<string, string>>;

const ACCOUNTS = 'SELECT (username, app_id, ext_code, role, enabled)';

/** A row lock requires UPDATE of any column, also where nothing is updated. */
const lockBy = (column: string): string => `UPDATE (${column})`;

/** Columns that a submit result or a delivery report changes, in both tables. */
const SETTLE = 'UPDATE (status, reason, submitted_at, final_at, gateway_msg_id, gateway_code, part_count, parts_done)';

const MEMBERS = 'SELECT, INSERT, UPDATE (member_id, joined_at)';

/** Columns that a sender may set: MESSAGE_ID, but not APP_ID, STATUS, SOURCE or the times. */
export const MESSAGE =
  'INSERT (message_id, ext_code, dest_addr, content, priority, need_report, context, scheduled_at, expires_at)';

const BUSINESS: Grants = { sm_send_t: MESSAGE, v_send_t_log: 'SELECT', v_receive_t: 'SELECT' };

const listOf = (...columns: readonly (string | null | undefined)[]): string =>
  columns.filter((column) => typeof column === 'string').join(', ');

/**
 * Returns the rights of each role as of this migration, and of 0010; all-grants.ts adds those of
 * later ones. No account except the owner has other rights. Pure.
 */
// long: a table of rights
export const toGrants = ({
  tables,
  columns: { send, resp, report, recv },
  send: { taken, constants },
}: ExchangeMapping): Readonly<Record<string, Grants>> => ({
  sms_producer: {
    login_user: 'SELECT (username, app_id, ext_code, role, enabled, api_key_hash)',
    // It inserts only cancellations that arrive before their message.
    sm_send_t:
      'SELECT, UPDATE (status, reason, expires_at, final_at), ' +
      'INSERT (message_id, app_id, dest_addr, content, context, status, reason, created_at, expires_at, source)',
    sm_send_t_log: 'SELECT',
    sm_receive_t: 'SELECT',
    sm_receive_t_log: 'SELECT',
  },
  sms_relay: {
    login_user: ACCOUNTS,
    sm_send_t:
      'SELECT, INSERT, UPDATE (ext_code, dest_addr, content, status, reason, expires_at, handed_at, final_at, part_count)',
    // The columns that tell how a message ended are granted since 0010.
    sm_send_t_log: 'SELECT (message_id, app_id, dest_addr, context, status, reason, handed_at, final_at)',
    relay_offset: 'SELECT, INSERT, UPDATE (next_offset, updated_at)',
    consumer_member: MEMBERS,
    [tables.send]: `SELECT (${listOf(send.seqId, send.createTime, taken?.column)}), INSERT (${listOf(
      ...Object.entries(send).flatMap(([key, column]) => (key === 'seqId' ? [] : [column])),
      ...Object.keys(constants),
    )})`,
  },
  sms_collector: {
    login_user: ACCOUNTS,
    sm_send_t: `SELECT, ${SETTLE}`,
    sm_send_t_log: `SELECT, ${SETTLE}`,
    sm_send_part: 'SELECT, INSERT, UPDATE (status, gateway_code, settled_at)',
    sm_report_wait: `SELECT, INSERT, DELETE, ${lockBy('next_try_at')}`,
    sm_receive_t:
      'INSERT (received_id, src_addr, dest_addr, ext_code, app_id, content, received_at, recorded_at, offered_at)',
    [tables.resp]: `SELECT, DELETE, ${lockBy(resp.seqId)}`,
    [tables.report]: `SELECT, DELETE, ${lockBy(report.seqId)}`,
    [tables.recv]: `SELECT, DELETE, ${lockBy(recv.seqId)}`,
  },
  sms_archiver: {
    login_user: ACCOUNTS,
    sm_send_t: 'SELECT, UPDATE (status, reason, final_at), DELETE',
    sm_send_t_log: `SELECT, INSERT, DELETE, ${lockBy('archived_at')}`,
    sm_send_part: 'SELECT (message_id), DELETE',
    sm_receive_t: 'SELECT, UPDATE (processed_at, processed_by, attempt, offered_at), DELETE',
    sm_receive_t_log: 'SELECT, INSERT, UPDATE (processed_at, processed_by, outcome), DELETE',
    sm_receive_ack: `SELECT, INSERT, DELETE, ${lockBy('stored_at')}`,
    archive_run: 'SELECT, INSERT, UPDATE',
    archive_lock: `SELECT, ${lockBy('only_row')}`,
    consumer_member: MEMBERS,
    ...(taken?.purgeAfterHours === undefined
      ? {}
      : {
          [tables.send]: `SELECT (${listOf(send.seqId, send.createTime, taken.column)}), DELETE, ${lockBy(send.seqId)}`,
        }),
  },
  sms_province: {
    [tables.send]: `SELECT, DELETE, ${lockBy(listOf(send.seqId, taken?.column))}`,
    [tables.resp]: 'INSERT',
    [tables.report]: 'INSERT',
    [tables.recv]: 'INSERT',
  },
  sms_application: BUSINESS,
  // Customer service also replies; for that its account carries an application code.
  sms_customer_service: BUSINESS,
  sms_administrator: {
    login_user: 'SELECT (username, app_id, ext_code, role, enabled, created_at, key_rotated_at), DELETE',
    sm_send_t: 'SELECT, DELETE',
    sm_send_t_log: 'SELECT, DELETE',
    sm_send_part: 'SELECT, DELETE',
    sm_report_wait: 'SELECT, DELETE',
    sm_receive_t: 'SELECT, DELETE',
    sm_receive_t_log: 'SELECT, DELETE',
    sm_receive_ack: 'SELECT, DELETE',
    archive_run: 'SELECT, DELETE',
    v_send_t_log: 'SELECT',
    v_receive_t: 'SELECT',
    // Read only: a deleted offset or lock row would break "sent once" and the night job.
    relay_offset: 'SELECT',
    consumer_member: 'SELECT',
    archive_lock: 'SELECT',
  },
});
