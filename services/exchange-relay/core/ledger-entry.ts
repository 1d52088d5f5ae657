/** The status of a message when it is entered in the ledger. */
export type EntryStatus = 'HANDED' | 'SCHEDULED' | 'REJECTED' | 'EXPIRED';

/**
 * One message for the ledger (SM_SEND_T) and, if it is handed over, for the exchange table. All
 * values fit their columns. Times in epoch ms.
 */
export type LedgerEntry = {
  readonly messageId: string;
  readonly appId: string;
  /** the application's extension code followed by the message's own */
  readonly extCode: string | null;
  readonly destAddr: string;
  readonly content: string;
  readonly priority: number;
  readonly needReport: boolean;
  readonly context: string | null;
  readonly status: EntryStatus;
  readonly reason: string | null;
  readonly scheduledAt: number | null;
  readonly expiresAt: number;
  readonly createdAt: number;
  readonly partCount: number;
};
