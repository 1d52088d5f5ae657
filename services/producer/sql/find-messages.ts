import { type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import { inList, padded } from '../../../shared/database/oracle/oracle-lists';
import type { MessageRow } from '../core/message-row';
import type { OracleMessage } from './oracle-message';

/**
 * Returns the messages with these ids, of all applications.
 * @throws BridgeError DB_…
 */
export type FindMessages = (tx: Tx, messageIds: readonly string[]) => Promise<readonly MessageRow[]>;

const ms = (column: string, name: string): string => `(extract(epoch FROM ${column}) * 1000)::float8 AS "${name}"`;

const ON_POSTGRES = [
  'message_id AS "messageId", app_id AS "appId", status, reason, dest_addr AS "destAddr", content, priority',
  'need_report AS "needReport", context, gateway_msg_id AS "gatewayMsgId", gateway_code AS "gatewayCode"',
  'gateway_message AS "gatewayMessage", part_count AS "partCount", parts_done AS "partsDone"',
  ms('scheduled_at', 'scheduledAt'),
  ms('expires_at', 'expiresAt'),
  ms('created_at', 'createdAt'),
  ms('handed_at', 'handedAt'),
  ms('submitted_at', 'submittedAt'),
  ms('final_at', 'finalAt'),
  ms('gateway_submitted_at', 'gatewaySubmittedAt'),
  ms('gateway_done_at', 'gatewayDoneAt'),
].join(', ');

/** One statement has one snapshot: a message that the archiver is moving is found exactly once. */
const STATEMENT = `
SELECT ${ON_POSTGRES} FROM sm_send_t WHERE message_id = ANY($1)
UNION ALL
SELECT ${ON_POSTGRES} FROM sm_send_t_log WHERE message_id = ANY($1)`;

const findOnPostgres: FindMessages = async ({ query }, messageIds) => {
  const { rows } = await query<MessageRow>(STATEMENT, [messageIds], 'producer-find-messages');
  return rows;
};

const ON_ORACLE =
  'MESSAGE_ID, APP_ID, STATUS, REASON, DEST_ADDR, CONTENT, PRIORITY, NEED_REPORT, CONTEXT, SCHEDULED_AT, EXPIRES_AT, CREATED_AT, HANDED_AT, ' +
  'SUBMITTED_AT, FINAL_AT, GATEWAY_MSG_ID, GATEWAY_CODE, GATEWAY_MESSAGE, GATEWAY_SUBMITTED_AT, GATEWAY_DONE_AT, PART_COUNT, PARTS_DONE';

type OracleRow = OracleMessage & {
  readonly status: string;
  readonly reason: string | null;
  readonly handed_at: Date | null;
  readonly submitted_at: Date | null;
  readonly final_at: Date | null;
  readonly gateway_msg_id: string | null;
  readonly gateway_code: string | null;
  readonly gateway_message: string | null;
  readonly gateway_submitted_at: Date | null;
  readonly gateway_done_at: Date | null;
  readonly part_count: number | string;
  readonly parts_done: number | string;
};

const timeOf = (date: Date | null): number | null => date?.getTime() ?? null;

const toMessageRow = (row: OracleRow): MessageRow => ({
  messageId: row.message_id,
  appId: row.app_id,
  status: row.status,
  reason: row.reason,
  destAddr: row.dest_addr,
  content: row.content,
  priority: Number(row.priority),
  needReport: Number(row.need_report) === 1,
  context: row.context,
  scheduledAt: timeOf(row.scheduled_at),
  expiresAt: timeOf(row.expires_at),
  createdAt: row.created_at.getTime(),
  handedAt: timeOf(row.handed_at),
  submittedAt: timeOf(row.submitted_at),
  finalAt: timeOf(row.final_at),
  gatewayMsgId: row.gateway_msg_id,
  gatewayCode: row.gateway_code,
  gatewayMessage: row.gateway_message,
  gatewaySubmittedAt: timeOf(row.gateway_submitted_at),
  gatewayDoneAt: timeOf(row.gateway_done_at),
  partCount: Number(row.part_count),
  partsDone: Number(row.parts_done),
});

const findOnOracle: FindMessages = async ({ oracle }, messageIds) => {
  const ids = padded(messageIds);
  const { rows } = await oracle.execute<OracleRow>(
    `SELECT ${ON_ORACLE} FROM SM_SEND_T WHERE ${inList('MESSAGE_ID', ids.length, 'd')}
UNION ALL
SELECT ${ON_ORACLE} FROM SM_SEND_T_LOG WHERE ${inList('MESSAGE_ID', ids.length, 'h')}`,
    [...ids, ...ids],
  );
  return rows.map(toMessageRow);
};

const FIND: PerEngine<FindMessages> = { pg: findOnPostgres, oracledb: findOnOracle };

export const createFindMessages = (engine: Engine): FindMessages => forEngine(engine, FIND);
