import type { SmsSend } from '../../../shared/avro/records';
import type { ValidSend } from '../../../shared/sms/validate-send';

/** What the ledger or the history holds of a message. */
export type EnteredMessage = {
  readonly messageId: string;
  readonly appId: string;
  readonly status: string;
  readonly reason: string | null;
  /** epoch ms; null: never handed over */
  readonly handedAt: number | null;
  readonly destAddr: string;
  readonly content: string;
  readonly priority: number;
  readonly needReport: boolean;
  readonly context: string | null;
};

const ENDS: ReadonlySet<string> = new Set(['REJECTED', 'CANCELLED', 'EXPIRED']);

/** How a message ended that was never handed over, for people; undefined while it is on its way and when it was handed over. */
export const howItEnded = ({
  status,
  reason,
  handedAt,
}: Pick<EnteredMessage, 'status' | 'reason' | 'handedAt'>): string | undefined => {
  if (!ENDS.has(status) || (handedAt ?? null) !== null) return undefined;
  if (status === 'CANCELLED') return 'was cancelled';
  return reason === null || reason === status ? `ended as ${status}` : `ended as ${status} (${reason})`;
};

/** Whether an entered message is what is asked for now, as far as its row can tell. */
export const isSameMessage = (entered: EnteredMessage, message: SmsSend, valid: ValidSend): boolean =>
  entered.content === valid.content &&
  entered.priority === message.priority &&
  entered.needReport === message.needReport &&
  (entered.context ?? '') === (message.context ?? '') &&
  // a row of the table interface that nobody judged yet holds the number as it was written
  (entered.destAddr === valid.to || entered.status === 'NEW' || entered.status === 'QUEUED');
