/** A message as ledger or history holds it. Times in epoch ms. */
export type MessageRow = {
  readonly messageId: string;
  readonly appId: string;
  readonly status: string;
  readonly reason: string | null;
  readonly destAddr: string;
  readonly content: string;
  readonly priority: number;
  readonly needReport: boolean;
  readonly context: string | null;
  readonly scheduledAt: number | null;
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly handedAt: number | null;
  readonly submittedAt: number | null;
  readonly finalAt: number | null;
  readonly gatewayMsgId: string | null;
  readonly gatewayCode: string | null;
  readonly gatewayMessage: string | null;
  readonly gatewaySubmittedAt: number | null;
  readonly gatewayDoneAt: number | null;
  readonly partCount: number;
  readonly partsDone: number;
};
