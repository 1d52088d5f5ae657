import type { SmsSend } from '../../../shared/avro/records';

/** One message as a caller of the HTTP interface asks for it; what it left out is null or the contract's default. */
export type MessageRequest = {
  /** the caller's own id */
  readonly messageId: string | null;
  readonly to: string;
  readonly content: string;
  readonly extCode: string | null;
  readonly priority: number;
  readonly needReport: boolean;
  readonly scheduledAt: number | null;
  readonly expiresAt: number | null;
  readonly context: string | null;
};

/** Why something is refused: a stable code, the field that is wrong, and a text for people without message text or whole number. */
export type Refusal = { readonly code: string; readonly field: string | null; readonly message: string };

/** The record of a request. The application comes from the API key, the time from us. */
export const toSmsSend = (request: MessageRequest, messageId: string, appId: string, createdAt: number): SmsSend => ({
  messageId,
  appId,
  to: request.to,
  content: request.content,
  extCode: request.extCode,
  priority: request.priority,
  needReport: request.needReport,
  scheduledAt: request.scheduledAt,
  expiresAt: request.expiresAt,
  createdAt,
  context: request.context,
});
