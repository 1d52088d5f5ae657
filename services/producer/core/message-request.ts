import type { SmsSend } from '../../../shared/avro/records';

/** One message as requested over HTTP. Omitted fields are null, or have the contract's default. */
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

/**
 * Why a request is refused: a stable code, the wrong field, and a text for people. The text
 * contains no message content and no whole number.
 */
export type Refusal = { readonly code: string; readonly field: string | null; readonly message: string };

/**
 * Returns the record of a request. The application comes from the API key, `createdAt` (epoch ms)
 * from the producer.
 */
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
