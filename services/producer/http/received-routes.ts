import { z } from 'zod';
import type { ReceivedRow } from '../core/received-row';
import type { ReadPage } from '../read-received';
import { HttpRefusal } from './http-errors';
import { acknowledgedSchema, errorSchema, receivedPageSchema, receivedQuerySchema } from './http-schemas';
import type { HttpApp } from './http-server';
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

const ERRORS = { 400: errorSchema, 401: errorSchema, 403: errorSchema, 429: errorSchema, 503: errorSchema };

/** Registers `/v1/received`: read the messages of customers, and acknowledge them. */
export const receivedRoutes = (app: HttpApp, routes: ReceivedRoutes): void => {
  app.get(
    '/v1/received',
    {
      schema: {
        summary: 'Messages that customers sent to this application',
        description:
          'In the order in which they were recorded, day and history. Read on with `next`: each message comes once, also one that was committed ' +
          'late. One that is offered again, because nobody acknowledged it, comes again with a higher `attempt`.',
        querystring: receivedQuerySchema,
        response: { 200: receivedPageSchema, ...ERRORS },
      },
    },
    async (request) => {
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
    },
  );

  app.post(
    '/v1/received/:id/ack',
    {
      schema: {
        summary: 'Say that a received message was stored, so that it is not offered again',
        params: z.object({ id: z.string().meta({ description: 'receivedId' }) }),
        response: { 202: acknowledgedSchema, 404: errorSchema, ...ERRORS },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { appId, role } = request.caller;
      const found =
        RECEIVED_ID.test(id) &&
        (await routes.acknowledge({ receivedId: id, appId, customerService: role === 'customer-service' }));
      if (!found) throw UNKNOWN_RECEIVED;
      return reply.code(202).send({ receivedId: id, status: 'acknowledged' as const });
    },
  );
};
