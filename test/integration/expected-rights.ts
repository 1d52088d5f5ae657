import type { DatabaseRole } from '../../cli/accounts/login';
import type { PerEngine } from '../../shared/database/database';

/** The privileges of each role on each relation; column privileges with their columns. */
export type Rights = Readonly<Record<string, Readonly<Partial<Record<DatabaseRole, string>>>>>;

const ACCOUNT = 'SELECT(username app_id ext_code role enabled)';
const SETTLE =
  'SELECT UPDATE(status reason submitted_at final_at gateway_msg_id gateway_code part_count parts_done gateway_submitted_at gateway_done_at gateway_message)';
const MESSAGE = 'INSERT(message_id ext_code dest_addr content priority need_report context scheduled_at expires_at)';
const LOOK = { sms_application: 'SELECT', sms_customer_service: 'SELECT', sms_administrator: 'SELECT' };
const CLEAR = { sms_administrator: 'DELETE SELECT' };
const MEMBERS = 'INSERT SELECT UPDATE(member_id joined_at)';

/**
 * The rights, written a second time on purpose: each right needs two decisions. A new table must be
 * entered here too, even if only its owner may touch it.
 */
const ON_POSTGRES: Rights = {
  login_user: {
    sms_producer: 'SELECT(username app_id ext_code role api_key_hash enabled rate_messages rate_bytes max_pending)',
    sms_relay: ACCOUNT,
    sms_collector: ACCOUNT,
    sms_archiver: ACCOUNT,
    sms_administrator:
      'DELETE SELECT(username app_id ext_code role enabled created_at key_rotated_at rate_messages rate_bytes max_pending)',
  },
  sm_send_t: {
    sms_producer:
      'INSERT(message_id app_id dest_addr content context status reason expires_at created_at source) SELECT ' +
      'UPDATE(dest_addr status reason expires_at final_at)',
    sms_relay:
      'INSERT SELECT UPDATE(ext_code dest_addr content status reason expires_at handed_at final_at part_count msg_id)',
    sms_collector: SETTLE,
    sms_archiver: 'DELETE SELECT UPDATE(status reason final_at)',
    sms_application: MESSAGE,
    sms_customer_service: MESSAGE,
    ...CLEAR,
  },
  sm_send_t_log: {
    sms_producer: 'SELECT',
    sms_relay: 'SELECT(message_id app_id dest_addr context status reason handed_at final_at)',
    sms_collector: SETTLE,
    sms_archiver: 'DELETE INSERT SELECT UPDATE(archived_at)',
    ...CLEAR,
  },
  sm_send_part: {
    sms_collector: 'INSERT SELECT UPDATE(status gateway_code settled_at)',
    sms_archiver: 'DELETE SELECT(msg_id)',
    ...CLEAR,
  },
  sm_report_wait: { sms_collector: 'DELETE INSERT SELECT UPDATE(next_try_at)', ...CLEAR },
  sm_receive_t: {
    sms_producer: 'SELECT',
    sms_collector: 'INSERT(received_id src_addr dest_addr ext_code app_id content received_at recorded_at offered_at)',
    sms_archiver: 'DELETE SELECT UPDATE(offered_at processed_at processed_by attempt)',
    ...CLEAR,
  },
  sm_receive_t_log: {
    sms_producer: 'SELECT',
    sms_archiver: 'DELETE INSERT SELECT UPDATE(processed_at processed_by outcome)',
    ...CLEAR,
  },
  sm_receive_ack: { sms_archiver: 'DELETE INSERT SELECT UPDATE(stored_at)', ...CLEAR },
  relay_offset: { sms_relay: 'INSERT SELECT UPDATE(next_offset updated_at)', sms_administrator: 'SELECT' },
  sm_relay_parked: {
    sms_relay: 'DELETE INSERT SELECT UPDATE(fault next_try_at problem tries)',
    sms_administrator: 'SELECT',
  },
  consumer_member: { sms_relay: MEMBERS, sms_archiver: MEMBERS, sms_administrator: 'SELECT' },
  archive_run: { sms_archiver: 'INSERT SELECT UPDATE', ...CLEAR },
  archive_lock: { sms_archiver: 'SELECT UPDATE(only_row)', sms_administrator: 'SELECT' },
  v_send_t: { sms_application: `${MESSAGE} SELECT`, sms_customer_service: `${MESSAGE} SELECT` },
  v_send_t_log: LOOK,
  v_receive_t: LOOK,
  client_sms_send: {
    sms_relay:
      'INSERT(msg_id app_id ext_code dest_addr content msg_fmt priority need_report send_time valid_time create_time) SELECT(seq_id create_time)',
    sms_province: 'DELETE SELECT UPDATE(seq_id)',
  },
  client_sms_resp: { sms_collector: 'DELETE SELECT UPDATE(seq_id)', sms_province: 'INSERT' },
  client_sms_report: { sms_collector: 'DELETE SELECT UPDATE(seq_id)', sms_province: 'INSERT' },
  client_sms_recv: { sms_collector: 'DELETE SELECT UPDATE(seq_id)', sms_province: 'INSERT' },
  // knex' own tables
  knex_migrations: {},
  knex_migrations_lock: {},
};

/**
 * The same on Oracle, where SELECT covers a whole relation: a role that must not see key hashes
 * gets a view of LOGIN_USER. A role that only reads gets READ, which does not allow locks.
 */
const toOracle = (rights: Rights): Rights => {
  const translated: Record<string, Record<string, string>> = { v_login_user: {} };
  for (const [relation, roles] of Object.entries(rights)) {
    translated[relation] = {};
    for (const [role, text] of Object.entries(roles)) {
      const whole = text.replace(/SELECT\([^)]*\)/, 'SELECT');
      const target = relation === 'login_user' && role !== 'sms_producer' ? 'v_login_user' : relation;
      translated[target]![role] = whole === 'SELECT' || target === 'v_send_t' ? whole.replace('SELECT', 'READ') : whole;
    }
  }
  return translated;
};

export const EXPECTED: PerEngine<Rights> = { pg: ON_POSTGRES, oracledb: toOracle(ON_POSTGRES) };

/** Each privilege with its columns, sorted by name. */
export const toPrivileges = (
  rights: string,
): readonly { readonly action: string; readonly columns: readonly string[] }[] =>
  [...rights.matchAll(/([A-Z]+)(?:\(([^)]*)\))?/g)].map(([, action = '', columns]) => ({
    action,
    columns: columns?.split(' ').sort() ?? [],
  }));
