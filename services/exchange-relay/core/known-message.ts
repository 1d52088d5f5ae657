import type { SmsStatus } from '../../../shared/avro/records';

/** How a message ended that was never handed over. */
export type EndedUnsent = Pick<SmsStatus, 'status' | 'reason' | 'context'> & {
  /** as the ledger has it; null: not known */
  readonly destAddr: string | null;
  /** epoch ms */
  readonly endedAt: number;
};

/** A message that ledger or history hold already, and whose it is. */
export type KnownMessage = {
  readonly messageId: string;
  readonly appId: string;
  /** undefined while it is on its way, when it was handed over, and when its final event is still to be published */
  readonly ended?: EndedUnsent | undefined;
  /** what it says to whom; of a message in the history it is not read */
  readonly sent?: { readonly destAddr: string; readonly content: string };
};
