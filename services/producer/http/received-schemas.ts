import { z } from 'zod';
import { moment } from './http-schemas';

const RECEIVED_LIMIT_MAX = 500;

const LIMIT = `limit must be a whole number from 1 to ${RECEIVED_LIMIT_MAX}`;
const AFTER = 'after must be one text, `next` of the page before or a time';

export const receivedQuerySchema = z.strictObject({
  after: z.string(AFTER).max(8192, AFTER).optional().meta({
    description: '`next` of the page before, or a time (ISO 8601 with zone) to start from; absent: the oldest.',
  }),
  limit: z.coerce
    .number(LIMIT)
    .int(LIMIT)
    .min(1, LIMIT)
    .max(RECEIVED_LIMIT_MAX, LIMIT)
    .default(100)
    .meta({ description: 'Messages of a page, at most.' }),
});

const receivedMessageSchema = z
  .object({
    receivedId: z.string().meta({ description: 'A repeat has the same one.' }),
    from: z.string().meta({ description: 'Sender: digits with the country code; short codes as they are.' }),
    to: z.string().meta({ description: 'Access number and extension code that the customer wrote to.' }),
    extCode: z.string().nullable().meta({ description: 'Extension code of the application.' }),
    content: z.string(),
    receivedAt: moment.meta({ description: 'When the gateway received it.' }),
    recordedAt: moment.meta({ description: 'When the platform recorded it.' }),
    attempt: z.int().meta({ description: '1 the first time; more when it is offered again.' }),
    acknowledged: z.boolean(),
  })
  .meta({ id: 'ReceivedMessage', description: 'A message that a customer sent to this application.' });

export const receivedPageSchema = z
  .object({
    messages: z.array(receivedMessageSchema),
    next: z.string().meta({ description: 'Opaque. Give it as `after` to read on, also when the page is empty.' }),
    more: z.boolean().meta({ description: 'Whether there is more to read right now.' }),
  })
  .meta({
    id: 'ReceivedPage',
    description: 'Received messages in the order in which they were recorded.',
    examples: [
      {
        messages: [
          {
            receivedId: '6f1d2f0e-5b0f-5d2b-9a3e-0c5d1f7a9b21',
            from: '8613800138000',
            to: '1069800101',
            extCode: '01',
            content: '收到',
            receivedAt: '2026-11-24T01:05:00.000Z',
            recordedAt: '2026-11-24T01:05:01.000Z',
            attempt: 1,
            acknowledged: false,
          },
        ],
        next: 'WzEsMTc5NTQ4MjMwMDAwMF0',
        more: false,
      },
    ],
  });

export const acknowledgedSchema = z.object({ receivedId: z.string(), status: z.literal('acknowledged') }).meta({
  id: 'Acknowledged',
  description: 'Kafka has the acknowledgement: the message is not offered again.',
  examples: [{ receivedId: '6f1d2f0e-5b0f-5d2b-9a3e-0c5d1f7a9b21', status: 'acknowledged' }],
});
