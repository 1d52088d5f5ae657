import type { z } from 'zod';
import { failed, ok, type Result } from '../../../shared/result';
import type { MessageRequest, Refusal } from '../core/message-request';
import { BATCH_MAX, batchEnvelopeSchema, messageSchema } from './http-schemas';

export type ParsedSubmission = {
  readonly batch: boolean;
  readonly requests: readonly Result<MessageRequest, Refusal>[];
};

/** The contract's reason for a field whose value has the wrong type. */
const CODES: Readonly<Record<string, string>> = {
  messageId: 'MESSAGE_ID_INVALID',
  to: 'RECIPIENT_INVALID',
  content: 'CONTENT_EMPTY',
  extCode: 'EXT_CODE_INVALID',
  priority: 'PRIORITY_INVALID',
  scheduledAt: 'SCHEDULE_INVALID',
  expiresAt: 'VALIDITY_INVALID',
  context: 'CONTEXT_INVALID',
};

const WANTED: Readonly<Record<string, string>> = {
  messageId: 'messageId must be a string of 1 to 64 characters of A-Z a-z 0-9 . _ : -',
  to: 'to must be a string with the telephone number',
  content: 'content must be a string with the text',
  extCode: 'extCode must be a string of digits',
  priority: 'priority must be 0 (bulk), 1 (normal), 2 (high) or 3 (urgent)',
  needReport: 'needReport must be true or false',
  scheduledAt: 'scheduledAt must be epoch milliseconds or a time like 2026-11-24T09:00:00+08:00',
  expiresAt: 'expiresAt must be epoch milliseconds or a time like 2026-11-24T09:00:00+08:00',
  context: 'context must be a string',
};

const LONGEST_SHOWN = 64;

const isRecord = (body: unknown): body is Readonly<Record<string, unknown>> =>
  typeof body === 'object' && body !== null && !Array.isArray(body);

const toRefusal = (issue: z.core.$ZodIssue, body: Readonly<Record<string, unknown>>): Refusal => {
  if (issue.code === 'unrecognized_keys') {
    const field = (issue.keys[0] ?? '').slice(0, LONGEST_SHOWN);
    const message =
      field === 'appId'
        ? 'the application comes from the API key; leave appId out'
        : `there is no field ${JSON.stringify(field)}; a misspelt one would change what is sent`;
    return { code: 'FIELD_UNKNOWN', field, message };
  }
  const field = String(issue.path[0] ?? '');
  const missing = body[field] === undefined || body[field] === null;
  const code = field === 'content' && !missing ? undefined : CODES[field];
  return {
    code: code ?? 'FIELD_INVALID',
    field,
    message: missing ? `${field} is missing` : (WANTED[field] ?? `${field} is not valid`),
  };
};

/** Parses one message of a body. */
const parseMessage = (body: unknown): Result<MessageRequest, Refusal> => {
  if (!isRecord(body))
    return failed({ code: 'MESSAGE_INVALID', field: null, message: 'a message must be a JSON object' });
  const parsed = messageSchema.safeParse(body);
  if (!parsed.success) return failed(toRefusal(parsed.error.issues[0]!, body));
  const { messageId, to, content, extCode, priority, needReport, scheduledAt, expiresAt, context } = parsed.data;
  return ok({
    messageId: messageId ?? null,
    to,
    content,
    extCode: extCode ?? null,
    priority: priority ?? 1,
    needReport: needReport ?? true,
    scheduledAt: scheduledAt ?? null,
    expiresAt: expiresAt ?? null,
    context: context ?? null,
  });
};

/**
 * Parses the body of `POST /v1/messages`: one message, or a batch whose messages are read one by
 * one. Fails only if the body is neither.
 */
export const parseSubmission = (body: unknown): Result<ParsedSubmission, Refusal> => {
  if (!isRecord(body)) {
    const message = 'the body must be a JSON object: a message, or {"messages": […]}';
    return failed({ code: 'BODY_INVALID', field: null, message });
  }
  if (!('messages' in body)) return ok({ batch: false, requests: [parseMessage(body)] });
  const envelope = batchEnvelopeSchema.safeParse(body);
  if (envelope.success) return ok({ batch: true, requests: envelope.data.messages.map(parseMessage) });
  const issue = envelope.error.issues[0]!;
  if (issue.code === 'unrecognized_keys') return failed(toRefusal(issue, body));
  const message = `messages must be a list of 1 to ${BATCH_MAX} messages`;
  return failed({ code: 'BATCH_INVALID', field: 'messages', message });
};
