import type { SmsSend } from '../../shared/avro/records';
import type { ValidSend } from '../../shared/sms/validate-send';

/** What the ledger or the history holds of a message. */
export type EnteredMessage = {
  readonly messageId: string;
  readonly appId: string;
  readonly status: string;
  readonly destAddr: string;
  readonly content: string;
  readonly priority: number;
  readonly needReport: boolean;
  readonly context: string | null;
};

/** Rows of messages that were never going to be sent do not hold all of what was asked for. */
const KEPT_INCOMPLETE: ReadonlySet<string> = new Set(['REJECTED', 'CANCELLED']);

/** Whether an entered message is what is asked for now, as far as its row can tell. */
export const isSameMessage = (entered: EnteredMessage, message: SmsSend, valid: ValidSend): boolean =>
  KEPT_INCOMPLETE.has(entered.status) ||
  (entered.content === valid.content &&
    entered.priority === message.priority &&
    entered.needReport === message.needReport &&
    (entered.context ?? '') === (message.context ?? '') &&
    // a row of the table interface that nobody judged yet holds the number as it was written
    (entered.destAddr === valid.to || entered.status === 'NEW' || entered.status === 'QUEUED'));
