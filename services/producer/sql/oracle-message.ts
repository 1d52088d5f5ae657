/**
 * The columns that every statement reads of a message in SM_SEND_T or its history, as Oracle's
 * driver returns them.
 */
export type OracleMessage = {
  readonly message_id: string;
  readonly app_id: string;
  readonly dest_addr: string;
  readonly content: string;
  readonly priority: number | string;
  readonly need_report: number | string;
  readonly context: string | null;
  readonly scheduled_at: Date | null;
  readonly expires_at: Date | null;
  readonly created_at: Date;
};
