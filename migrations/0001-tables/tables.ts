import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { addedColumns, type ColumnType, definitionsOf } from '../exchange-columns';
import type { MigrationStatements } from '../statements';
import { tablesOnOracle } from './tables-oracle';

const SENT = `
  message_id varchar(64) COLLATE "C" PRIMARY KEY, app_id varchar(32) NOT NULL, ext_code varchar(20), dest_addr varchar(20) NOT NULL,
  content varchar(1000) NOT NULL, priority smallint NOT NULL DEFAULT 1, need_report boolean NOT NULL DEFAULT true, context varchar(512),
  status varchar(16) NOT NULL, reason varchar(32), scheduled_at timestamptz(3), expires_at timestamptz(3), created_at timestamptz(3) NOT NULL,
  handed_at timestamptz(3), submitted_at timestamptz(3), final_at timestamptz(3), gateway_msg_id varchar(64), gateway_code varchar(32),
  part_count smallint NOT NULL DEFAULT 1, parts_done smallint NOT NULL DEFAULT 0, source varchar(8)`;

const RECEIVED = `
  received_id varchar(64) COLLATE "C" PRIMARY KEY, src_addr varchar(32) NOT NULL, dest_addr varchar(40) NOT NULL, ext_code varchar(20),
  app_id varchar(32), content varchar(2000) NOT NULL, received_at timestamptz(3) NOT NULL, recorded_at timestamptz(3) NOT NULL,
  offered_at timestamptz(3) NOT NULL, processed_at timestamptz(3), processed_by varchar(32), attempt int NOT NULL DEFAULT 1`;

/**
 * Normalises a gateway's id: gateways write it with other letter cases and leading zeros in the
 * report than in the submit result. COLLATE "C" maps only ASCII letters, in every locale.
 */
const GATEWAY_KEY = `ltrim(upper(gateway_msg_id COLLATE "C"), '0')`;

const PLATFORM = [
  `CREATE TABLE sm_send_t (${SENT})`,
  `CREATE INDEX sm_send_t_new ON sm_send_t (created_at) WHERE status = 'NEW'`,
  `CREATE INDEX sm_send_t_scheduled ON sm_send_t (scheduled_at) WHERE status = 'SCHEDULED'`,
  `CREATE INDEX sm_send_t_gateway ON sm_send_t (${GATEWAY_KEY}) WHERE gateway_msg_id IS NOT NULL`,
  'CREATE INDEX sm_send_t_final ON sm_send_t (expires_at) WHERE final_at IS NOT NULL',
  'CREATE INDEX sm_send_t_open ON sm_send_t (handed_at) WHERE final_at IS NULL',
  'CREATE INDEX sm_send_t_app ON sm_send_t (app_id, created_at)',
  `CREATE TABLE sm_send_t_log (${SENT}, archived_at timestamptz(3) NOT NULL)`,
  `CREATE INDEX sm_send_t_log_gateway ON sm_send_t_log (${GATEWAY_KEY}) WHERE gateway_msg_id IS NOT NULL`,
  'CREATE INDEX sm_send_t_log_app ON sm_send_t_log (app_id, created_at)',
  'CREATE INDEX sm_send_t_log_archived ON sm_send_t_log (archived_at)',
  // GATEWAY_KEY is the normalised id (see above): a segment that is reported under two spellings is
  // one segment.
  `CREATE TABLE sm_send_part (
     message_id varchar(64) COLLATE "C" NOT NULL, gateway_key varchar(64) COLLATE "C" NOT NULL, gateway_msg_id varchar(64) NOT NULL,
     part_no smallint NOT NULL, status varchar(16) NOT NULL, gateway_code varchar(32), created_at timestamptz(3) NOT NULL,
     settled_at timestamptz(3), PRIMARY KEY (message_id, gateway_key))`,
  'CREATE INDEX sm_send_part_gateway ON sm_send_part (gateway_key)',
  // EVENT_ID and SOURCE_SEQ are those of the row that the report came in.
  `CREATE TABLE sm_report_wait (
     wait_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id varchar(36) NOT NULL, source_seq varchar(40) NOT NULL,
     gateway_msg_id varchar(64), msg_id varchar(64), dest_addr varchar(40), stat varchar(32), err_code varchar(32), submit_time timestamptz(3),
     done_time timestamptz(3), first_seen_at timestamptz(3) NOT NULL, next_try_at timestamptz(3) NOT NULL, tries int NOT NULL)`,
  'CREATE INDEX sm_report_wait_next ON sm_report_wait (next_try_at)',
  `CREATE TABLE sm_receive_t (${RECEIVED})`,
  'CREATE INDEX sm_receive_t_app ON sm_receive_t (app_id, received_at)',
  'CREATE INDEX sm_receive_t_open ON sm_receive_t (offered_at) WHERE processed_at IS NULL',
  'CREATE INDEX sm_receive_t_done ON sm_receive_t (processed_at) WHERE processed_at IS NOT NULL',
  `CREATE TABLE sm_receive_t_log (${RECEIVED}, archived_at timestamptz(3) NOT NULL, outcome varchar(12) NOT NULL)`,
  'CREATE INDEX sm_receive_t_log_app ON sm_receive_t_log (app_id, received_at)',
  'CREATE INDEX sm_receive_t_log_archived ON sm_receive_t_log (archived_at)',
  `CREATE TABLE sm_receive_ack (
     received_id varchar(64) COLLATE "C" PRIMARY KEY, app_id varchar(32) NOT NULL, processed_at timestamptz(3) NOT NULL, stored_at timestamptz(3) NOT NULL)`,
  `CREATE TABLE login_user (
     username varchar(64) PRIMARY KEY, app_id varchar(32), ext_code varchar(20), role varchar(20) NOT NULL
       CHECK (role IN ('application', 'customer-service', 'administrator')),
     api_key_hash varchar(128), enabled boolean NOT NULL DEFAULT true, created_at timestamptz(3) NOT NULL DEFAULT now(), key_rotated_at timestamptz(3),
     CHECK (app_id IS NOT NULL OR role <> 'application'))`,
  `CREATE TABLE relay_offset (
     group_id varchar(128) NOT NULL, topic varchar(249) NOT NULL, partition_no int NOT NULL, next_offset bigint NOT NULL, updated_at timestamptz(3) NOT NULL,
     PRIMARY KEY (group_id, topic, partition_no))`,
  // The member id of an instance in its consumer group. After a crash the instance can leave the
  // group under this id instead of waiting for the session timeout.
  `CREATE TABLE consumer_member (
     group_id varchar(128) NOT NULL, instance_id varchar(128) NOT NULL, member_id varchar(300) NOT NULL, joined_at timestamptz(3) NOT NULL,
     PRIMARY KEY (group_id, instance_id))`,
  `CREATE TABLE archive_run (
     run_id varchar(36) PRIMARY KEY, started_at timestamptz(3) NOT NULL, finished_at timestamptz(3), instance_id varchar(128) NOT NULL,
     outcome varchar(8) NOT NULL CHECK (outcome IN ('running', 'ok', 'failed')), problem text,
     deadline_unknown int NOT NULL DEFAULT 0, deadline_expired int NOT NULL DEFAULT 0, send_archived int NOT NULL DEFAULT 0,
     acks_applied int NOT NULL DEFAULT 0, acks_dropped int NOT NULL DEFAULT 0, receive_processed int NOT NULL DEFAULT 0,
     receive_offered_again int NOT NULL DEFAULT 0, receive_unprocessed int NOT NULL DEFAULT 0, purged_send int NOT NULL DEFAULT 0,
     purged_receive int NOT NULL DEFAULT 0)`,
  'CREATE TABLE archive_lock (only_row int PRIMARY KEY CHECK (only_row = 1))',
  'INSERT INTO archive_lock VALUES (1)',
];

const PLATFORM_TABLES =
  'sm_send_t, sm_send_t_log, sm_send_part, sm_report_wait, sm_receive_t, sm_receive_t_log, sm_receive_ack, login_user, relay_offset, consumer_member, archive_run, archive_lock';

const NUMBERED = 'bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY';
const TIME = 'timestamptz(3)';

const exchangeTables = (mapping: ExchangeMapping): readonly string[] => {
  const {
    tables,
    columns: { send, resp, report, recv },
  } = mapping;
  const create = (table: string, columns: readonly ColumnType[]): string =>
    `CREATE TABLE ${table} (${definitionsOf(columns)})`;
  return [
    create(tables.send, [
      [send.seqId, NUMBERED],
      [send.msgId, 'varchar(64) COLLATE "C" NOT NULL UNIQUE'],
      [send.appId, 'varchar(32)'],
      [send.extCode, 'varchar(20)'],
      [send.destAddr, 'varchar(20) NOT NULL'],
      [send.content, 'varchar(1000) NOT NULL'],
      [send.msgFmt, 'smallint'],
      [send.priority, 'smallint'],
      [send.needReport, 'smallint'],
      [send.sendTime, TIME],
      [send.validTime, TIME],
      [send.createTime, `${TIME} NOT NULL`],
      ...addedColumns(mapping, { number: 'numeric', text: (characters) => `varchar(${characters})`, time: TIME }),
    ]),
    // The province writes these three tables, so they have no constraints on their values: the
    // collector finds invalid rows and keeps them.
    create(tables.resp, [
      [resp.seqId, NUMBERED],
      [resp.msgId, 'varchar(64)'],
      [resp.gatewayMsgId, 'varchar(64)'],
      [resp.result, 'varchar(32)'],
      [resp.resultDesc, 'varchar(200)'],
      [resp.respTime, TIME],
    ]),
    create(tables.report, [
      [report.seqId, NUMBERED],
      [report.gatewayMsgId, 'varchar(64)'],
      [report.msgId, 'varchar(64)'],
      [report.destAddr, 'varchar(40)'],
      [report.stat, 'varchar(32)'],
      [report.errCode, 'varchar(32)'],
      [report.submitTime, TIME],
      [report.doneTime, TIME],
    ]),
    create(tables.recv, [
      [recv.seqId, NUMBERED],
      [recv.srcAddr, 'varchar(40)'],
      [recv.destAddr, 'varchar(40)'],
      [recv.content, 'varchar(4000)'],
      [recv.msgFmt, 'smallint'],
      [recv.recvTime, TIME],
    ]),
  ];
};

/** Creates all tables with their keys and the indexes of claims and look-ups, and no others. */
export const createTables = {
  pg: (mapping: ExchangeMapping): MigrationStatements => ({
    up: [...PLATFORM, ...exchangeTables(mapping)],
    down: [`DROP TABLE ${PLATFORM_TABLES}, ${Object.values(mapping.tables).join(', ')}`],
  }),
  oracledb: tablesOnOracle,
};
