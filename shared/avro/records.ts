/**
 * The four public records as TypeScript types; `schemas/<record>.avsc` describes each field. Times
 * are epoch milliseconds, UTC.
 */

export type SmsSend = {
  readonly messageId: string;
  readonly appId: string;
  readonly to: string;
  readonly content: string;
  readonly extCode: string | null;
  readonly priority: number;
  readonly needReport: boolean;
  readonly scheduledAt: number | null;
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly context: string | null;
};

export type EventStatus =
  | 'SUBMITTED'
  | 'SUBMIT_FAILED'
  | 'DELIVERED'
  | 'UNDELIVERED'
  | 'EXPIRED'
  | 'REJECTED'
  | 'CANCELLED'
  | 'UNKNOWN';

export type SmsStatus = {
  readonly eventId: string;
  readonly messageId: string;
  readonly appId: string | null;
  readonly to: string | null;
  readonly status: EventStatus;
  readonly isFinal: boolean;
  readonly matched: boolean;
  readonly reason: string | null;
  readonly gatewayCode: string | null;
  readonly gatewayMessage: string | null;
  readonly gatewayMessageId: string | null;
  readonly partNo: number | null;
  readonly partCount: number | null;
  readonly occurredAt: number;
  readonly recordedAt: number;
  readonly context: string | null;
};

export type SmsReceived = {
  readonly receivedId: string;
  readonly from: string;
  readonly to: string;
  readonly extCode: string | null;
  readonly appId: string | null;
  readonly content: string;
  readonly receivedAt: number;
  readonly recordedAt: number;
  readonly attempt: number;
};

export type SmsReceivedAck = {
  readonly receivedId: string;
  readonly appId: string;
  readonly processedAt: number;
};
