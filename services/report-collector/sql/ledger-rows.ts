import type { Tx } from '../../../shared/database/database';
import { toGatewayKey } from '../../../shared/ledger/gateway-key';
import { isAnsweredPerSegment, type Segment } from '../../../shared/ledger/segment';
import type { LedgerStatus } from '../../../shared/ledger/status';
import type { LedgerMessage } from '../core/collect-plan';

/** The messages to lock: by MSG_ID, and by gateway id (see `toGatewayKey`). */
export type MessageLookup = {
  readonly msgIds: readonly string[];
  readonly gatewayKeys: readonly string[];
  /** messages with such a gateway id count only if they were sent after this time (epoch ms) */
  readonly sentAfter: number;
  /**
   * recipients (E.164 digits) in the reports with these gateway ids. Messages to them are found
   * even if many share the id
   */
  readonly numbers?: readonly string[];
};

/**
 * Limit of messages with one gateway id within the window: the newest ones to each number of a
 * report, and the newest ones to any number.
 */
export const MAX_MATCHES_PER_GATEWAY_ID = 8;

/** A message's columns as both engines return them. */
export type MessageRow = {
  readonly msg_id: string;
  readonly message_id: string;
  readonly app_id: string;
  readonly dest_addr: string;
  readonly context: string | null;
  readonly status: LedgerStatus;
  readonly reason: string | null;
  readonly need_report: boolean;
  readonly submitted: boolean;
  readonly gateway_msg_id: string | null;
  readonly gateway_code: string | null;
  readonly part_count: number;
  readonly parts_done: number;
  readonly sent_ms?: number | null;
  readonly handed_ms?: number | null;
};

export const toMessage = (row: MessageRow, table: LedgerMessage['table']): LedgerMessage => ({
  msgId: row.msg_id,
  messageId: row.message_id,
  appId: row.app_id,
  destAddr: row.dest_addr,
  context: row.context,
  status: row.status,
  reason: row.reason,
  needReport: row.need_report,
  submitted: row.submitted,
  gatewayMsgId: row.gateway_msg_id,
  gatewayCode: row.gateway_code,
  partCount: row.part_count,
  partsDone: row.parts_done,
  segments: [],
  table,
  sentMs: row.sent_ms ?? null,
  handedMs: row.handed_ms ?? null,
});

/** A segment's columns. */
export type SegmentRow = {
  readonly msg_id: string;
  readonly gateway_key: string;
  readonly gateway_msg_id: string;
  readonly part_no: number;
  readonly status: LedgerStatus;
  readonly gateway_code: string | null;
};

/**
 * Returns the MSG_IDs whose segments must be read: of messages that are answered segment by
 * segment, and of messages that were found by another gateway id than their main one.
 */
export const idsWithSegments = (
  messages: readonly LedgerMessage[],
  { msgIds, gatewayKeys }: MessageLookup,
  perSegment: boolean,
): readonly string[] => {
  const keys = new Set(gatewayKeys);
  const asked = keys.size === 0 ? undefined : new Set(msgIds);
  return messages
    .filter(
      (message) =>
        isAnsweredPerSegment(message, perSegment) ||
        (asked !== undefined && !asked.has(message.msgId) && !keys.has(toGatewayKey(message.gatewayMsgId) ?? '')),
    )
    .map(({ msgId }) => msgId);
};

/** Adds to each message its segments, in the order of `rows`. */
export const withSegments = (
  messages: readonly LedgerMessage[],
  rows: readonly SegmentRow[],
): readonly LedgerMessage[] => {
  const segments = new Map<string, Segment[]>();
  for (const row of rows) {
    const segment: Segment = {
      key: row.gateway_key,
      gatewayMsgId: row.gateway_msg_id,
      segmentNo: row.part_no,
      status: row.status,
      gatewayCode: row.gateway_code,
    };
    const others = segments.get(row.msg_id);
    if (others === undefined) segments.set(row.msg_id, [segment]);
    else others.push(segment);
  }
  return messages.map((message) => ({ ...message, segments: segments.get(message.msgId) ?? [] }));
};

/**
 * Locks the ledger rows of these messages in MESSAGE_ID order, which every lock on them keeps.
 * Returns their state under the lock, with their known segments: only the holder of the lock
 * changes those. A caller that looks in both places must look in the live table first. Rows move
 * only from there to the history, and a row that is just moving makes this wait.
 */
export type LockMessages = (
  tx: Tx,
  table: LedgerMessage['table'],
  wanted: MessageLookup,
) => Promise<readonly LedgerMessage[]>;
