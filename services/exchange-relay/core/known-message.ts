import type { SmsStatus } from '../../../shared/avro/records';

/** How a message ended that was never handed over. */
export type EndedUnsent = Pick<SmsStatus, 'status' | 'reason' | 'context'> & {
  /** as the ledger has it; null: not known */
  readonly destAddr: string | null;
  /** epoch ms */
  readonly endedAt: number;
};

/** A message that ledger or history hold already, with its application. */
export type KnownMessage = {
  readonly messageId: string;
  readonly appId: string;
  /**
   * undefined while it is on its way, if it was handed over, and while its final event is not
   * published yet
   */
  readonly ended?: EndedUnsent | undefined;
  /** its recipient and text; not read for messages in the history */
  readonly sent?: { readonly destAddr: string; readonly content: string };
};
