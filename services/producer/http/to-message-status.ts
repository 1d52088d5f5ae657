import type { z } from 'zod';
import { LATEST_MS } from '../../../shared/ledger/latest';
import type { RememberedMessage } from '../accept-messages';
import type { MessageRow } from '../core/message-row';
import type { messageStatusSchema } from './http-schemas';

type MessageStatus = z.input<typeof messageStatusSchema>;

/** Returns a time as ISO 8601, or null. A table row may hold `infinity`, which is null too. */
export const moment = (ms: number | null): string | null =>
  ms === null || !(ms >= 0 && ms <= LATEST_MS) ? null : new Date(ms).toISOString();

/** Returns a ledger row as the HTTP interface shows it. */
export const toMessageStatus = (row: MessageRow): MessageStatus => ({
  messageId: row.messageId,
  status: row.status,
  isFinal: row.finalAt !== null || row.status === 'CANCELLED',
  reason: row.reason,
  gatewayCode: row.gatewayCode,
  gatewayMessage: row.gatewayMessage,
  gatewayMessageId: row.gatewayMsgId,
  partCount: row.partCount,
  partsDone: row.partsDone,
  createdAt: moment(row.createdAt),
  scheduledAt: moment(row.scheduledAt),
  expiresAt: moment(row.expiresAt),
  handedAt: moment(row.handedAt),
  submittedAt: moment(row.submittedAt),
  finalAt: moment(row.finalAt),
  gatewaySubmittedAt: moment(row.gatewaySubmittedAt),
  gatewayDoneAt: moment(row.gatewayDoneAt),
  context: row.context,
});

/** Returns the status of a message that Kafka has and the ledger does not have yet. */
export const toRememberedStatus = (messageId: string, message: RememberedMessage): MessageStatus => ({
  messageId,
  status: 'QUEUED',
  isFinal: false,
  reason: null,
  gatewayCode: null,
  gatewayMessage: null,
  gatewayMessageId: null,
  partCount: 1,
  partsDone: 0,
  createdAt: moment(message.createdAt),
  scheduledAt: null,
  expiresAt: moment(message.expiresAt),
  handedAt: null,
  submittedAt: null,
  finalAt: null,
  gatewaySubmittedAt: null,
  gatewayDoneAt: null,
  context: message.context,
});
