import { z } from 'zod';
import { parseMoment } from '../../../shared/sms/moment';

// The bodies of the HTTP interface, as they are checked and as `/openapi.json` shows them.

const time = z
  .union([z.int(), z.string().refine((text) => parseMoment(text) !== undefined)])
  .transform((value) => (typeof value === 'number' ? value : (parseMoment(value) as number)))
  .meta({
    description:
      'Epoch milliseconds, or ISO 8601 with a time zone; seconds may be left out, and the zone may be +0800.',
    examples: ['2026-11-24T09:00:00+08:00', '2026-11-24T09:00+08:00'],
  });

export const BATCH_MAX = 1000;

/** As `isMessageId` checks it. */
export const MESSAGE_ID = { pattern: '^[A-Za-z0-9._:-]{1,64}$', minLength: 1, maxLength: 64 };

const MESSAGE = { to: '13800138000', content: '停电通知', messageId: 'bill-2026-11-0001' };
const QUEUED = { messageId: 'bill-2026-11-0001', status: 'queued' };
const PROBLEM = { code: 'RECIPIENT_INVALID', message: 'this is not a telephone number', field: 'to' };

export const messageSchema = z
  .strictObject({
    to: z.string().meta({
      description:
        'Recipient: a number of the country with or without +, 00 or country code, a foreign one with + or 00.',
      minLength: 1,
      examples: ['13800138000'],
    }),
    content: z
      .string()
      .meta({ description: 'Text, 1 to 1000 characters.', minLength: 1, maxLength: 1000, examples: ['停电通知'] }),
    messageId: z.string().meta(MESSAGE_ID).nullish().meta({
      description:
        'Your own id, 1 to 64 of A-Z a-z 0-9 . _ : -, instead of one made here. The same id is never sent twice.',
    }),
    extCode: z
      .string()
      .meta({ pattern: '^[0-9]*$', maxLength: 20 })
      .nullish()
      .meta({ description: "Digits that follow the application's own extension." }),
    priority: z
      .int()
      .meta({ minimum: 0, maximum: 3 })
      .nullish()
      .meta({ description: '0 bulk, 1 normal (default), 2 high, 3 urgent.' }),
    needReport: z
      .boolean()
      .nullish()
      .meta({ description: 'Whether a delivery report is wanted; default true. Without one SUBMITTED is final.' }),
    scheduledAt: time.nullish().meta({ description: 'Send not before this time; at most 30 days ahead.' }),
    expiresAt: time
      .nullish()
      .meta({ description: 'Send not after this time; default 24 h, at most 72 h after its time.' }),
    context: z
      .string()
      .meta({ maxLength: 512 })
      .nullish()
      .meta({ description: 'Up to 512 characters of yours, given back in every status.' }),
  })
  .meta({
    id: 'Message',
    description: 'One message. The application comes from the API key.',
  });

const batchSchema = z.strictObject({ messages: z.array(messageSchema).min(1).max(BATCH_MAX) }).meta({
  id: 'MessageBatch',
  description: 'Up to 1000 messages, each judged separately.',
  examples: [{ messages: [MESSAGE, { to: '13800138001', content: '停电通知' }] }],
});

/** Checks only the outer form of a batch: its messages are validated one by one. */
export const batchEnvelopeSchema = z.strictObject({ messages: z.array(z.unknown()).min(1).max(BATCH_MAX) });

export const submissionSchema = z.union([messageSchema, batchSchema]).meta({
  // zod leaves `examples` out of what it transforms
  'x-examples': {
    message: { value: MESSAGE },
    batch: { value: { messages: [MESSAGE, { to: '13800138001', content: '停电通知' }] } },
  },
});

export const submissionHeadersSchema = z.looseObject({
  'idempotency-key': z
    .string()
    .optional()
    .meta({
      description: 'Repeating a request with its key never sends twice. 1 to 255 visible ASCII characters.',
      pattern: '^[!-~]{1,255}$',
      maxLength: 255,
      examples: ['bills-2026-11-run-1'],
    }),
  traceparent: z
    .string()
    .optional()
    .meta({
      description:
        'W3C Trace Context. A header of the same name goes with each record on sms.send, and with the events that the relay publishes about it; a malformed one is ignored.',
      examples: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    }),
  tracestate: z.string().optional().meta({
    description: 'W3C Trace Context; passed on together with a valid traceparent, up to 512 characters.',
  }),
});

const problem = z
  .object({
    code: z.string().meta({ description: 'Stable; for programs. A later version may have more codes.' }),
    message: z.string().meta({ description: 'For people; may change.' }),
    field: z.string().optional().meta({ description: 'The wrong field or header of the request.' }),
    limit: z.string().optional().meta({
      description:
        'With RATE_LIMITED: which limit is reached: requests, messages or bytes in a second; pending: messages that wait for Kafka; ahead: cancellations of unknown ids in an hour.',
    }),
    messageIds: z.array(z.string()).optional().meta({
      description:
        'With UNCONFIRMED: the ids that may be on their way. Repeating with them, or with the same Idempotency-Key, is safe.',
    }),
  })
  .meta({ id: 'Problem' });

export const errorSchema = z
  .object({ error: problem })
  .meta({ id: 'Error', description: 'Why a request failed.', examples: [{ error: PROBLEM }] });

export const queuedSchema = z.object({ messageId: z.string(), status: z.literal('queued') }).meta({
  id: 'Queued',
  description: 'Kafka has acknowledged the message; how it ends is published on sms.status.',
  examples: [QUEUED],
});

const rejectedSchema = z
  .object({ status: z.literal('rejected'), error: problem })
  .meta({ id: 'Rejected', description: 'The message breaks the contract and is not sent.' });

export const batchResultSchema = z
  .object({
    messages: z
      .array(z.union([queuedSchema, rejectedSchema]))
      .meta({ description: 'One for each message, in their order.' }),
    queued: z.int().meta({ description: 'Number of messages that are queued.' }),
    rejected: z.int().meta({ description: 'Number of messages that are rejected.' }),
  })
  .meta({
    id: 'BatchResult',
    description: 'The outcome of each message of a batch.',
    examples: [{ messages: [QUEUED, { status: 'rejected', error: PROBLEM }], queued: 1, rejected: 1 }],
  });

export const moment = z.iso.datetime().nullable();

export const messageStatusSchema = z
  .object({
    messageId: z.string(),
    status: z.string().meta({
      description:
        'NEW, QUEUED, SCHEDULED, HANDED, SUBMITTED, DELIVERED, UNDELIVERED, EXPIRED, UNKNOWN, REJECTED, CANCELLED or SUBMIT_FAILED. It only moves forward.',
    }),
    isFinal: z.boolean().meta({ description: 'Whether no further status is expected.' }),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Stable code of the platform for REJECTED, EXPIRED and UNKNOWN.' }),
    gatewayCode: z.string().nullable().meta({ description: 'The last code of the gateway, as the gateway wrote it.' }),
    gatewayMessage: z.string().nullable().meta({ description: 'What the gateway wrote beside its code.' }),
    gatewayMessageId: z.string().nullable().meta({ description: 'The id that the gateway gave the message.' }),
    partCount: z.int().meta({ description: 'Number of segments of the message.' }),
    partsDone: z.int().meta({ description: 'Number of segments that were delivered.' }),
    createdAt: moment,
    scheduledAt: moment,
    expiresAt: moment,
    handedAt: moment.meta({ description: 'When it was handed over to the province.' }),
    submittedAt: moment.meta({ description: 'When the platform learned that the gateway took it.' }),
    finalAt: moment.meta({ description: 'When the platform learned how it ended.' }),
    gatewaySubmittedAt: moment.meta({ description: 'When the gateway took it, by the gateway.' }),
    gatewayDoneAt: moment.meta({ description: 'When it reached the phone or failed, by the gateway.' }),
    context: z.string().nullable().meta({ description: 'The context of the message, unchanged.' }),
  })
  .meta({
    id: 'MessageStatus',
    description: 'What the platform knows of a message.',
    examples: [
      {
        messageId: 'bill-2026-11-0001',
        status: 'DELIVERED',
        isFinal: true,
        reason: null,
        gatewayCode: 'DELIVRD',
        gatewayMessage: null,
        gatewayMessageId: '0715103045001',
        partCount: 1,
        partsDone: 1,
        createdAt: '2026-11-24T01:00:00.000Z',
        scheduledAt: null,
        expiresAt: null,
        handedAt: '2026-11-24T01:00:00.120Z',
        submittedAt: '2026-11-24T01:00:01.300Z',
        finalAt: '2026-11-24T01:00:04.900Z',
        gatewaySubmittedAt: '2026-11-24T01:00:01.000Z',
        gatewayDoneAt: '2026-11-24T01:00:04.000Z',
        context: null,
      },
    ],
  });

export const cancelledSchema = z.object({ messageId: z.string(), status: z.literal('CANCELLED') }).meta({
  id: 'Cancelled',
  description: 'The message is not sent; its final event is on sms.status, or follows.',
  examples: [{ messageId: 'bill-2026-11-0001', status: 'CANCELLED' }],
});

export const cancelQuerySchema = z.strictObject({
  ahead: z.enum(['true', 'false'], 'ahead must be true or false').optional().meta({
    description: 'true: also when the platform has not seen the message yet; it is then refused when it arrives.',
  }),
});
