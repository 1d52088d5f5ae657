import type { SmsSend } from '../../../shared/avro/records';
import type { ValidSend } from '../../../shared/sms/validate-send';

/** A message of ledger or history, as far as it tells a repetition from another message. */
export type EnteredMessage = {
  readonly messageId: string;
  readonly appId: string;
  readonly status: string;
  readonly reason: string | null;
  /** epoch ms; null: not handed over */
  readonly handedAt: number | null;
  readonly destAddr: string;
  readonly content: string;
  readonly priority: number;
  readonly needReport: boolean;
  readonly context: string | null;
};

const ENDS: ReadonlySet<string> = new Set(['REJECTED', 'CANCELLED', 'EXPIRED']);

/**
 * Returns, as text for people, how a message ended that was never handed over. Returns undefined
 * for a message that is on its way or was handed over.
 */
export const toEnding = ({
  status,
  reason,
  handedAt,
}: Pick<EnteredMessage, 'status' | 'reason' | 'handedAt'>): string | undefined => {
  if (!ENDS.has(status) || (handedAt ?? null) !== null) return undefined;
  if (status === 'CANCELLED') return 'was cancelled';
  return reason === null || reason === status ? `ended as ${status}` : `ended as ${status} (${reason})`;
};

/** Returns true if an entered message equals the requested one, as far as its row can tell. */
export const isSameMessage = (entered: EnteredMessage, message: SmsSend, valid: ValidSend): boolean =>
  entered.content === valid.content &&
  entered.priority === message.priority &&
  entered.needReport === message.needReport &&
  (entered.context ?? '') === (message.context ?? '') &&
  // A row of the table interface that was not validated yet holds the number as it was written.
  (entered.destAddr === valid.to || entered.status === 'NEW' || entered.status === 'QUEUED');
