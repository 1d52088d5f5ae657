import { z } from 'zod';
import type { Result } from '../../../shared/result';
import type { MessageKey } from '../../../shared/sms/message-key';
import { isMessageId } from '../../../shared/sms/validate-send';
import { parseTraceContext } from '../../../shared/trace-context';
import type { AcceptOutcome, MessageOutcome, RememberedMessage, Submission } from '../accept-messages';
import type { CancelOutcome } from '../cancel-message';
import type { OverLimit } from '../core/application-limits';
import type { Refusal } from '../core/message-request';
import type { MessageRow } from '../core/message-row';
import { withoutBodies } from './accept-json';
import { ADDRESS_PROBLEMS, BODY_PROBLEMS, responses, SEND_PROBLEMS } from './error-responses';
import type { HttpApp } from './http-app';
import { HttpRefusal, refuseOver, toErrorBody, toLimitRefusal } from './http-errors';
import {
  batchResultSchema,
  cancelledSchema,
  cancelQuerySchema,
  MESSAGE_ID,
  messageStatusSchema,
  queuedSchema,
  submissionHeadersSchema,
  submissionSchema,
} from './http-schemas';
import { parseSubmission } from './parse-submission';
import { toMessageStatus, toRememberedStatus } from './to-message-status';

export type MessageRoutes = {
  readonly accept: (submission: Submission) => Promise<AcceptOutcome>;
  /** Looks in ledger and history. */
  readonly find: (message: MessageKey) => Promise<MessageRow | undefined>;
  readonly recall: (appId: string, messageId: string) => RememberedMessage | undefined;
  readonly cancel: (request: {
    readonly messageId: string;
    readonly appId: string;
    readonly ahead: boolean;
  }) => Promise<CancelOutcome>;
  /**
   * Returns the limit that lets no more messages of an application through. Asked before the body
   * is read, so that a flood costs little.
   */
  readonly limitReached: (appId: string) => OverLimit | undefined;
  readonly takeMessages: (appId: string, count: number) => OverLimit | undefined;
  readonly onJudged: (outcomes: readonly MessageOutcome[]) => void;
};

const CONFLICTS: ReadonlySet<string> = new Set(['IDEMPOTENCY_KEY_REUSED', 'MESSAGE_ID_REUSED']);

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

const toHttpRefusal = ({ code, message, field }: Refusal): HttpRefusal =>
  new HttpRefusal({ status: CONFLICTS.has(code) ? 409 : 400, code, message, field });

const valueOrRefuse = <T>(result: Result<T, Refusal>): T => {
  if (!result.ok) throw toHttpRefusal(result.problem);
  return result.value;
};

const toIdempotencyKey = (header: string | string[] | undefined): string | null => {
  if (header === undefined) return null;
  if (typeof header === 'string' && IDEMPOTENCY_KEY.test(header)) return header;
  throw new HttpRefusal({
    status: 400,
    code: 'IDEMPOTENCY_KEY_INVALID',
    message: 'Idempotency-Key must be 1 to 255 visible ASCII characters',
    field: 'Idempotency-Key',
  });
};

/**
 * Node joins a repeated header with commas. A second traceparent makes both malformed; a second
 * tracestate extends the list.
 */
const toText = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(',') : header;

const UNKNOWN_MESSAGE = new HttpRefusal({
  status: 404,
  code: 'MESSAGE_UNKNOWN',
  message:
    'no message of this application has this id; one that was published a moment ago may not be entered yet (DELETE …?ahead=true cancels it all the same)',
});

const OVERLOADED = new HttpRefusal({
  status: 503,
  code: 'OVERLOADED',
  message: 'too many messages wait for Kafka; nothing of this request was sent, so repeat it after Retry-After',
});

const TAGS = ['messages'];

const params = z.object({
  id: z.string().meta({ description: 'messageId', ...MESSAGE_ID, examples: ['bill-2026-11-0001'] }),
});

const SEND = {
  operationId: 'sendMessages',
  tags: TAGS,
  summary: 'Send one message, or up to 1000',
  description: 'Answers when Kafka has acknowledged. A batch answers 202 when all its messages are queued, else 207.',
  headers: submissionHeadersSchema,
  body: submissionSchema,
  ...responses(
    {
      202: z
        .union([queuedSchema, batchResultSchema])
        .meta({ description: 'Kafka has the message, or all messages of the batch.' }),
      207: batchResultSchema,
    },
    {
      400: [...BODY_PROBLEMS, ...SEND_PROBLEMS],
      409: ['IDEMPOTENCY_KEY_REUSED', 'MESSAGE_ID_REUSED'],
      413: ['BODY_TOO_LARGE'],
      415: ['MEDIA_TYPE_UNSUPPORTED', 'ENCODING_UNSUPPORTED'],
      503: ['UNCONFIRMED', 'OVERLOADED'],
    },
  ),
};

const SHOW = {
  operationId: 'getMessage',
  tags: TAGS,
  summary: 'Status of a message',
  description: 'A message that is published and not entered yet may be unknown for a moment.',
  params,
  ...responses({ 200: messageStatusSchema }, { ...ADDRESS_PROBLEMS, 404: ['MESSAGE_UNKNOWN'] }),
};

const CANCEL = {
  operationId: 'cancelMessage',
  tags: TAGS,
  summary: 'Cancel a message that is not handed over yet',
  description: 'A message that is cancelled already answers 200 again.',
  params,
  querystring: cancelQuerySchema,
  ...responses(
    { 200: cancelledSchema },
    {
      ...ADDRESS_PROBLEMS,
      400: ['FIELD_INVALID', 'ADDRESS_INVALID'],
      404: ['MESSAGE_UNKNOWN'],
      409: ['TOO_LATE'],
      503: ['MESSAGE_BUSY'],
    },
  ),
};

const toBatchResult = (outcomes: readonly MessageOutcome[]) => {
  const messages = outcomes.map((outcome) =>
    outcome.ok
      ? { messageId: outcome.value.messageId, status: 'queued' as const }
      : { status: 'rejected' as const, ...toErrorBody({ status: 400, ...outcome.problem }) },
  );
  const queued = outcomes.filter(({ ok }) => ok).length;
  return { messages, queued, rejected: messages.length - queued };
};

const toAcceptRefusal = (outcome: Exclude<AcceptOutcome, { readonly kind: 'judged' }>): HttpRefusal => {
  if (outcome.kind === 'conflict') return toHttpRefusal(outcome.refusal);
  if (outcome.kind === 'limited') return toLimitRefusal(outcome.over);
  if (outcome.kind === 'overloaded') return OVERLOADED;
  return new HttpRefusal({
    status: 503,
    code: 'UNCONFIRMED',
    message:
      'Kafka did not acknowledge in time, so these messages may or may not be on their way; repeating them with the same Idempotency-Key or messageId is safe',
    messageIds: outcome.messageIds,
  });
};

/** Counts what was asked for, also what is refused afterwards: that costs as much. */
const countMessages = (body: unknown): number => {
  const { messages } = (body ?? {}) as { readonly messages?: unknown };
  return Array.isArray(messages) ? messages.length : 1;
};

/** Registers `/v1/messages`: send, look up, cancel. */
export const messageRoutes = (app: HttpApp, routes: MessageRoutes): void => {
  app.post(
    '/v1/messages',
    {
      // A bad message must not reject its batch, so parseSubmission reads bodies with the same
      // schemas.
      validatorCompiler: () => (data: unknown) => ({ value: data }),
      schema: SEND,
      preParsing: async (request) => refuseOver(routes.limitReached(request.caller.appId)),
    },
    async (request, reply) => {
      const idempotencyKey = toIdempotencyKey(request.headers['idempotency-key']);
      const trace = parseTraceContext(toText(request.headers.traceparent), toText(request.headers.tracestate));
      const { appId } = request.caller;
      refuseOver(routes.takeMessages(appId, countMessages(request.body)));
      const { batch, requests } = valueOrRefuse(parseSubmission(request.body));
      const outcome = await routes.accept({ appId, idempotencyKey, batch, trace, requests });
      if (outcome.kind !== 'judged') throw toAcceptRefusal(outcome);
      const { outcomes } = outcome;
      routes.onJudged(outcomes);
      if (!batch) return reply.code(202).send({ ...valueOrRefuse(outcomes[0]!), status: 'queued' as const });
      const result = toBatchResult(outcomes);
      return reply.code(result.rejected === 0 ? 202 : 207).send(result);
    },
  );

  app.get('/v1/messages/:id', { schema: SHOW }, async (request) => {
    const { id } = request.params;
    const { appId } = request.caller;
    if (!isMessageId(id)) throw UNKNOWN_MESSAGE;
    const row = await routes.find({ messageId: id, appId });
    if (row !== undefined) return toMessageStatus(row);
    const remembered = routes.recall(appId, id);
    if (remembered === undefined) throw UNKNOWN_MESSAGE;
    return toRememberedStatus(id, remembered);
  });

  withoutBodies(app, (bare) => {
    bare.delete('/v1/messages/:id', { schema: CANCEL }, async (request) => {
      const { id } = request.params;
      if (!isMessageId(id)) throw UNKNOWN_MESSAGE;
      const outcome = await routes.cancel({
        messageId: id,
        appId: request.caller.appId,
        ahead: request.query.ahead === 'true',
      });
      if (outcome.kind === 'not-found') throw UNKNOWN_MESSAGE;
      if (outcome.kind === 'limited') throw toLimitRefusal(outcome.over);
      if (outcome.kind === 'too-late') {
        const message = `the message is ${outcome.status} already, so it can no longer be cancelled`;
        throw new HttpRefusal({ status: 409, code: 'TOO_LATE', message });
      }
      return { messageId: id, status: 'CANCELLED' as const };
    });
  });
};
