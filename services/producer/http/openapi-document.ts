import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';

/** The part of `/openapi.json` that does not come from the routes. */
export const OPENAPI: NonNullable<FastifyDynamicSwaggerOptions['openapi']> = {
  openapi: '3.1.0',
  info: {
    title: 'sms-bridge',
    version: '1.0.0',
    description:
      'Send and receive SMS. Every answer other than 2xx has the body {"error": {"code", "message", "field"?}}. What becomes of a message is ' +
      'published on the topic sms.status, and shown by GET /v1/messages/{id}.',
  },
  components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } } },
  security: [{ apiKey: [] }],
};
