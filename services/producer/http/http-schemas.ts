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

export const messageSchema = z
  .strictObject({
    to: z.string().meta({
      description: 'Recipient, with or without +, 00 or country code.',
      minLength: 1,
      examples: ['13800138000'],
    }),
    content: z.string().meta({ description: 'Text, 1 to 1000 characters.', minLength: 1, examples: ['停电通知'] }),
    messageId: z.string().nullish().meta({
      description:
        'Your own id, 1 to 64 of A-Z a-z 0-9 . _ : -, instead of one made here. The same id is never sent twice.',
    }),
    extCode: z.string().nullish().meta({ description: "Digits that follow the application's own extension." }),
    priority: z.int().nullish().meta({ description: '0 bulk, 1 normal (default), 2 high, 3 urgent.' }),
    needReport: z
      .boolean()
      .nullish()
      .meta({ description: 'Whether a delivery report is wanted; default true. Without one SUBMITTED is final.' }),
    scheduledAt: time.nullish().meta({ description: 'Send not before this time; at most 30 days ahead.' }),
    expiresAt: time
      .nullish()
      .meta({ description: 'Send not after this time; default 24 h, at most 72 h after its time.' }),
    context: z.string().nullish().meta({ description: 'Up to 512 characters of yours, given back in every status.' }),
  })
  .meta({ id: 'Message', description: 'One message. The application comes from the API key.' });

const batchSchema = z
  .strictObject({ messages: z.array(messageSchema).min(1).max(BATCH_MAX) })
  .meta({ id: 'MessageBatch', description: 'Up to 1000 messages, each judged by itself.' });

/** Checks only the outer form of a batch: its messages are validated one by one. */
export const batchEnvelopeSchema = z.strictObject({ messages: z.array(z.unknown()).min(1).max(BATCH_MAX) });

export const submissionSchema = z.union([messageSchema, batchSchema]);

const error = z.object({
  code: z.string().meta({ description: 'Stable; for programs.' }),
  message: z.string().meta({ description: 'For people.' }),
  field: z.string().optional().meta({ description: 'What is wrong in the request.' }),
  messageIds: z.array(z.string()).optional().meta({
    description:
      'With 503: the ids that may be on their way. Repeating with them, or with the same Idempotency-Key, is safe.',
  }),
});

export const errorSchema = z.object({ error }).meta({ id: 'Error' });

const queued = z.object({ messageId: z.string(), status: z.literal('queued') });
const rejected = z.object({ status: z.literal('rejected'), error });

export const queuedSchema = queued.meta({
  id: 'Queued',
  description: 'Kafka has it; final answers come on sms.status.',
});

export const batchResultSchema = z
  .object({
    messages: z.array(z.union([queued, rejected])).meta({ description: 'One for each message, in their order.' }),
    queued: z.int(),
    rejected: z.int(),
  })
  .meta({ id: 'BatchResult' });

const moment = z.iso.datetime().nullable();

export const messageStatusSchema = z
  .object({
    messageId: z.string(),
    status: z.string().meta({
      description:
        'NEW, QUEUED, SCHEDULED, HANDED, SUBMITTED, DELIVERED, UNDELIVERED, EXPIRED, UNKNOWN, REJECTED, CANCELLED or SUBMIT_FAILED.',
    }),
    isFinal: z.boolean(),
    reason: z.string().nullable(),
    gatewayCode: z.string().nullable(),
    gatewayMessage: z.string().nullable().meta({ description: 'What the gateway wrote beside its code.' }),
    gatewayMessageId: z.string().nullable(),
    partCount: z.int(),
    partsDone: z.int(),
    createdAt: moment,
    scheduledAt: moment,
    expiresAt: moment,
    handedAt: moment,
    submittedAt: moment.meta({ description: 'When the platform learned that the gateway took it.' }),
    finalAt: moment.meta({ description: 'When the platform learned how it ended.' }),
    gatewaySubmittedAt: moment.meta({ description: 'When the gateway took it, by the gateway.' }),
    gatewayDoneAt: moment.meta({ description: 'When it reached the phone or failed, by the gateway.' }),
    context: z.string().nullable(),
  })
  .meta({ id: 'MessageStatus' });

export const cancelledSchema = z
  .object({ messageId: z.string(), status: z.literal('CANCELLED') })
  .meta({ id: 'Cancelled', description: 'It is not sent any more; its final event is on sms.status, or follows.' });

export const cancelQuerySchema = z.strictObject({
  ahead: z.enum(['true', 'false']).optional().meta({
    description: 'true: also when the platform has not seen the message yet; it is then refused when it arrives.',
  }),
});

const RECEIVED_LIMIT_MAX = 500;

export const receivedQuerySchema = z.strictObject({
  after: z.string().max(8192).optional().meta({
    description: '`next` of the page before, or a time (ISO 8601 with zone) to start from; absent: the oldest.',
  }),
  limit: z.coerce.number().int().min(1).max(RECEIVED_LIMIT_MAX).default(100),
});

export const receivedPageSchema = z
  .object({
    messages: z.array(
      z.object({
        receivedId: z.string(),
        from: z.string(),
        to: z.string(),
        extCode: z.string().nullable(),
        content: z.string(),
        receivedAt: moment,
        recordedAt: moment,
        attempt: z.int(),
        acknowledged: z.boolean(),
      }),
    ),
    next: z.string().meta({ description: 'Give it as `after` to read on, also when the page is empty.' }),
    more: z.boolean().meta({ description: 'Whether there is more to read right now.' }),
  })
  .meta({ id: 'ReceivedPage' });

export const acknowledgedSchema = z
  .object({ receivedId: z.string(), status: z.literal('acknowledged') })
  .meta({ id: 'Acknowledged' });
