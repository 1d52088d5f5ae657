import type { SmsStatus } from '../../../shared/avro/records';
import { toEndedUnsent } from '../../../shared/ledger/to-final-status';

/** A message that ends before it is handed over. */
export type EndedMessage = {
  readonly messageId: string;
  readonly appId: string;
  readonly destAddr: string | null;
  readonly context: string | null;
  readonly status: 'CANCELLED' | 'REJECTED';
  readonly reason: string;
};

/** The final event of a message that the producer ended. */
export const toEndedEvent = (message: EndedMessage, now: number): SmsStatus => toEndedUnsent(message, message, now);
