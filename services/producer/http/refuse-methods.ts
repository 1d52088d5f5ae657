import type { FastifyInstance } from 'fastify';
import { HttpRefusal } from './http-errors';

/**
 * Answers 405 and names the methods that an address has (RFC 9110, 15.5.6), without looking at the
 * caller or the body. Call it before the routes are registered, and the result after them.
 */
export const collectMethods = (app: Pick<FastifyInstance, 'addHook' | 'route' | 'supportedMethods'>): (() => void) => {
  const methods = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set();
    methods.set(url, known);
    for (const one of [method].flat()) known.add(one);
  });
  return () => {
    for (const [url, known] of [...methods]) {
      const allow = [...known].sort().join(', ');
      app.route({
        url,
        method: app.supportedMethods.filter((method) => !known.has(method)),
        schema: { hide: true } as object,
        onRequest: async (_request, reply) => {
          reply.header('allow', allow);
          const message = `this address takes ${allow}`;
          throw new HttpRefusal({ status: 405, code: 'METHOD_NOT_ALLOWED', message });
        },
        // the hook ends every request
        handler: async () => undefined,
      });
    }
  };
};
