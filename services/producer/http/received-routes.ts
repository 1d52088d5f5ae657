import { z } from 'zod';
import type { ReceivedRow } from '../core/received-row';
import type { ReadPage } from '../read-received';
import { withoutBodies } from './accept-json';
import { ADDRESS_PROBLEMS, responses } from './error-responses';
import type { HttpApp } from './http-app';
import { HttpRefusal } from './http-errors';
import { acknowledgedSchema, receivedPageSchema, receivedQuerySchema } from './received-schemas';
import { moment } from './to-message-status';

export type ReceivedRoutes = {
  readonly read: (request: {
    readonly appId: string;
    readonly after: string;
    readonly limit: number;
  }) => Promise<ReadPage<ReceivedRow> | undefined>;
  readonly acknowledge: (request: {
    readonly receivedId: string;
    readonly appId: string;
    readonly customerService: boolean;
  }) => Promise<boolean>;
};

const RECEIVED_ID = /^[\x21-\x7e]{1,64}$/;

const UNKNOWN_RECEIVED = new HttpRefusal({
  status: 404,
  code: 'RECEIVED_UNKNOWN',
  message: 'no received message of this application has this id',
});

const TAGS = ['received'];

const READ = {
  operationId: 'readReceived',
  tags: TAGS,
  summary: 'Messages that customers sent to this application',
  description:
    'In the order in which they were recorded, day and history. Read on with `next`: each message comes once, also one that was committed ' +
    'late. One that is offered again, because it was not acknowledged, comes again with a higher `attempt`.',
  querystring: receivedQuerySchema,
  ...responses({ 200: receivedPageSchema }, { 400: ['CURSOR_INVALID', 'FIELD_INVALID'] }),
};

const ACKNOWLEDGE = {
  operationId: 'acknowledgeReceived',
  tags: TAGS,
  summary: 'Say that a received message was stored, so that it is not offered again',
  description: 'Acknowledging twice does no harm. Customer service may acknowledge every message.',
  params: z.object({
    id: z.string().meta({ description: 'receivedId', examples: ['6f1d2f0e-5b0f-5d2b-9a3e-0c5d1f7a9b21'] }),
  }),
  ...responses({ 202: acknowledgedSchema }, { ...ADDRESS_PROBLEMS, 404: ['RECEIVED_UNKNOWN'] }),
};

/** Registers `/v1/received`: read the messages of customers, and acknowledge them. */
export const receivedRoutes = (app: HttpApp, routes: ReceivedRoutes): void => {
  app.get('/v1/received', { schema: READ }, async (request) => {
    const { after = '', limit } = request.query;
    const found = await routes.read({ appId: request.caller.appId, after, limit });
    if (found === undefined) {
      const message = 'after must be `next` of the page before, or a time like 2026-11-24T09:00:00+08:00';
      throw new HttpRefusal({ status: 400, code: 'CURSOR_INVALID', message, field: 'after' });
    }
    const { page, next, more } = found;
    return {
      messages: page.map((row) => ({
        receivedId: row.receivedId,
        from: row.from,
        to: row.to,
        extCode: row.extCode,
        content: row.content,
        receivedAt: moment(row.receivedAt),
        recordedAt: moment(row.recordedAt),
        attempt: row.attempt,
        acknowledged: row.processed,
      })),
      next,
      more,
    };
  });

  withoutBodies(app, (bare) => {
    bare.post('/v1/received/:id/ack', { schema: ACKNOWLEDGE }, async (request, reply) => {
      const { id } = request.params;
      const { appId, role } = request.caller;
      const found =
        RECEIVED_ID.test(id) &&
        (await routes.acknowledge({ receivedId: id, appId, customerService: role === 'customer-service' }));
      if (!found) throw UNKNOWN_RECEIVED;
      return reply.code(202).send({ receivedId: id, status: 'acknowledged' as const });
    });
  });
};
