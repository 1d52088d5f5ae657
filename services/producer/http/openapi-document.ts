import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifySchema } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { RETRY_AFTER_SECONDS } from './http-errors';

type Json = { readonly [key: string]: unknown };

const INFO = {
  title: 'sms-bridge',
  version: '1.0.0',
  description:
    'Send SMS, follow and cancel them, and read what customers sent. The application comes from the API key, and sees only its own messages.\n\n' +
    'Every response other than 2xx has the body `{"error": {"code", "message", "field"?, "limit"?, "messageIds"?}}`. `code` is stable, and the response of each ' +
    'status lists its codes; a later version may add some. Other addresses answer 404 ROUTE_UNKNOWN, other methods 405 ' +
    'METHOD_NOT_ALLOWED or 501 METHOD_UNKNOWN.\n\n' +
    'After 408, 429, 500 and 503 the same request may be sent again: the same Idempotency-Key or messageId is never sent twice.\n\n' +
    'How a message ends is published on the topic sms.status, and shown by GET /v1/messages/{id}.',
};

const HEADERS: Readonly<Record<string, Json>> = {
  401: { 'www-authenticate': { type: 'string', description: 'Bearer' } },
  429: { 'retry-after': { type: 'integer', description: 'Seconds until the next request is accepted.' } },
  503: { 'retry-after': { type: 'integer', description: `Seconds to wait, ${RETRY_AFTER_SECONDS}.` } },
};

/** Adds the descriptions of the responses, and the codes of the errors. */
const transform: NonNullable<FastifyDynamicSwaggerOptions['transform']> = (input) => {
  const { response, codes = {} } = (input.schema ?? {}) as FastifySchema & { response?: Record<string, z.ZodType> };
  const { codes: _, ...schema } = (input.schema ?? {}) as FastifySchema;
  const route = jsonSchemaTransform({ ...input, schema } as never);
  const described = Object.entries(response ?? {}).map(([status, zod]) => {
    const description = codes[Number(status)]?.join(', ') ?? zod.description;
    const content = { 'application/json': { schema: (route.schema as { response: Json }).response[status] } };
    return [status, { description, ...(HEADERS[status] && { headers: HEADERS[status] }), content }];
  });
  return response === undefined
    ? (route as never)
    : { ...route, schema: { ...route.schema, response: Object.fromEntries(described) } };
};

const isNull = (schema: Json): boolean => Object.keys(schema).length === 1 && schema.type === 'null';

/** Writes a value or null as one schema: generators know a list of types better than a choice. */
const mergeNull = ({ anyOf, ...rest }: Json & { readonly anyOf: readonly Json[] }): Json => {
  const [value, ...others] = anyOf.filter((schema) => !isNull(schema));
  const single = others.length === 0 && anyOf.length === 2 && typeof value?.type === 'string';
  return single ? { ...value, type: [value.type, 'null'], ...rest } : { ...rest, anyOf };
};

/**
 * Leaves out what zod writes and a reader does not need: ids that OpenAPI forbids, the bounds of
 * exact numbers, the pattern of a time beside its format, and that a response has no other field
 * (a later version may add one).
 */
const tidy = (schema: Json, sent: boolean): Json => {
  const { $schema, $id, ...rest } = schema;
  const kept = Object.entries(rest).filter(
    ([key, value]) =>
      !(key === 'pattern' && rest.format === 'date-time') &&
      !(key === 'additionalProperties' && value === false && !sent) &&
      Math.abs(Number(value)) !== Number.MAX_SAFE_INTEGER,
  );
  const inner = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inner);
    return typeof value === 'object' && value !== null ? tidy(value as Json, sent) : value;
  };
  const tidied = Object.fromEntries(
    kept.map(([key, value]) => [key, key === 'examples' ? value : inner(value)]),
  ) as Json;
  return Array.isArray(tidied.anyOf) ? mergeNull(tidied as never) : tidied;
};

/** Keeps the schemas that the paths name, each once: no schema is both sent and returned. */
const transformObject: NonNullable<FastifyDynamicSwaggerOptions['transformObject']> = (input) => {
  const document = jsonSchemaTransformObject(input) as { paths: Json; components: { schemas: Record<string, Json> } };
  const schemas: Record<string, Json> = {};
  const collect = (value: unknown): void => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      const schema = document.components.schemas[name];
      if (schema === undefined || name in schemas) continue;
      schemas[name] = tidy(schema, name.endsWith('Input'));
      collect(schema);
    }
  };
  collect(document.paths);
  const named = Object.fromEntries(
    Object.entries(schemas)
      .map(([name, schema]) => [name.replace(/Input$/, ''), schema] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const complete = { ...document, components: { ...document.components, schemas: named } };
  return JSON.parse(JSON.stringify(complete).replaceAll(/(schemas\/\w+)Input"/g, '$1"'));
};

/** How `/openapi.json` is made from the routes. */
export const OPENAPI: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: '3.1.0',
    info: INFO,
    tags: [
      { name: 'messages', description: 'Send, follow and cancel messages.' },
      { name: 'received', description: 'Read and acknowledge what customers sent.' },
    ],
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'The API key of an application.' },
      },
    },
    security: [{ apiKey: [] }],
  },
  transform,
  transformObject,
};
