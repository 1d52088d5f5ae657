import type { Query } from '../../shared/database/open-database';

/** A message as ledger or history holds it. Times in epoch ms. */
export type MessageRow = {
  readonly messageId: string;
  readonly appId: string;
  readonly status: string;
  readonly reason: string | null;
  readonly destAddr: string;
  readonly content: string;
  readonly priority: number;
  readonly needReport: boolean;
  readonly context: string | null;
  readonly scheduledAt: number | null;
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly handedAt: number | null;
  readonly submittedAt: number | null;
  readonly finalAt: number | null;
  readonly gatewayMsgId: string | null;
  readonly gatewayCode: string | null;
  readonly partCount: number;
  readonly partsDone: number;
};

const ms = (column: string, name: string): string => `(extract(epoch FROM ${column}) * 1000)::float8 AS "${name}"`;

const COLUMNS = [
  'message_id AS "messageId", app_id AS "appId", status, reason, dest_addr AS "destAddr", content, priority',
  'need_report AS "needReport", context, gateway_msg_id AS "gatewayMsgId", gateway_code AS "gatewayCode"',
  'part_count AS "partCount", parts_done AS "partsDone"',
  ms('scheduled_at', 'scheduledAt'),
  ms('expires_at', 'expiresAt'),
  ms('created_at', 'createdAt'),
  ms('handed_at', 'handedAt'),
  ms('submitted_at', 'submittedAt'),
  ms('final_at', 'finalAt'),
].join(', ');

/** One statement, one snapshot: a message that the archiver is moving is found exactly once. */
const STATEMENT = `
SELECT ${COLUMNS} FROM sm_send_t WHERE message_id = ANY($1)
UNION ALL
SELECT ${COLUMNS} FROM sm_send_t_log WHERE message_id = ANY($1)`;

/** The messages with these ids, whoever owns them. @throws BridgeError DB_… */
export const findMessages = async (query: Query, messageIds: readonly string[]): Promise<readonly MessageRow[]> => {
  const { rows } = await query<MessageRow>(STATEMENT, [messageIds], 'producer-find-messages');
  return rows;
};
