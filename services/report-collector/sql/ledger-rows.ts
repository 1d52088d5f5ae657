import type { Tx } from '../../../shared/database/database';
import { toGatewayKey } from '../../../shared/ledger/gateway-key';
import { isAnsweredByPart, type Part } from '../../../shared/ledger/part';
import type { LedgerStatus } from '../../../shared/ledger/status';
import type { LedgerMessage } from '../core/collect-plan';

/** Which messages: by their MSG_IDs, and by what the gateway calls them (see `toGatewayKey`). */
export type Wanted = {
  readonly msgIds: readonly string[];
  readonly gatewayKeys: readonly string[];
  /** messages with such a gateway id count only when they were sent after this (epoch ms) */
  readonly sentAfter: number;
  /** numbers (E.164 digits) that reports with these gateway ids name: messages to them are found however many share the id */
  readonly numbers?: readonly string[];
};

/** Of messages with one gateway id within the window so many are looked at, the newest, to each number, and to numbers that no report names. */
export const MOST_WITH_ONE_ID = 8;

/** A message's columns as both engines give them. */
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

export const toMessage = (row: MessageRow, place: LedgerMessage['place']): LedgerMessage => ({
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
  parts: [],
  place,
  sentMs: row.sent_ms ?? null,
  handedMs: row.handed_ms ?? null,
});

/** A part's columns. */
export type PartRow = {
  readonly msg_id: string;
  readonly gateway_key: string;
  readonly gateway_msg_id: string;
  readonly part_no: number;
  readonly status: LedgerStatus;
  readonly gateway_code: string | null;
};

/** Those whose parts are to be read: messages that are answered part by part, and those that were found by another id than their own. */
export const idsWithParts = (
  messages: readonly LedgerMessage[],
  { msgIds, gatewayKeys }: Wanted,
  perPart: boolean,
): readonly string[] => {
  const keys = new Set(gatewayKeys);
  const asked = keys.size === 0 ? undefined : new Set(msgIds);
  return messages
    .filter(
      (message) =>
        isAnsweredByPart(message, perPart) ||
        (asked !== undefined && !asked.has(message.msgId) && !keys.has(toGatewayKey(message.gatewayMsgId) ?? '')),
    )
    .map(({ msgId }) => msgId);
};

/** The messages with their parts, which come in the order of their numbers. */
export const withParts = (messages: readonly LedgerMessage[], rows: readonly PartRow[]): readonly LedgerMessage[] => {
  const parts = new Map<string, Part[]>();
  for (const row of rows) {
    const part: Part = {
      key: row.gateway_key,
      gatewayMsgId: row.gateway_msg_id,
      partNo: row.part_no,
      status: row.status,
      gatewayCode: row.gateway_code,
    };
    const others = parts.get(row.msg_id);
    if (others === undefined) parts.set(row.msg_id, [part]);
    else others.push(part);
  }
  return messages.map((message) => ({ ...message, parts: parts.get(message.msgId) ?? [] }));
};

/**
 * Locks the ledger rows of these messages in MESSAGE_ID order, the order of every lock on them, and returns them as they are now, with the parts that are
 * known of them (only who holds the lock changes those). Whoever looks in both places looks in the day table first: rows only move from there to the
 * history, and a row that is just being moved makes this wait.
 */
export type LockMessages = (tx: Tx, place: LedgerMessage['place'], wanted: Wanted) => Promise<readonly LedgerMessage[]>;
