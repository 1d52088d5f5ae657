import { z } from 'zod';
import { BridgeError } from '../errors';
import { pause } from '../timing/pause';
import { retryWhile } from '../timing/retry';
import type { SchemaJson } from './load-schemas';

/** The parts of the Confluent schema registry's REST API that a codec needs. */
export type SchemaRegistry = {
  /** Returns the id of a schema under a subject. Registers the schema when it is new. */
  readonly idOf: (subject: string, schema: SchemaJson) => Promise<number>;
  /** Fetches a schema. Returns undefined when the registry answers that the id does not exist. */
  readonly schemaById: (id: number) => Promise<RegisteredSchema | undefined>;
};

export type RegisteredSchema = {
  readonly schema: string;
  readonly schemaType: string;
  readonly hasReferences: boolean;
};

export type RegistrySettings = {
  /** Base address, http(s); may hold path and credentials. TLS trusts NODE_EXTRA_CA_CERTS too. */
  readonly url: string;
  /** `user:password` for basic authentication. */
  readonly auth?: string | undefined;
  readonly timeoutMs?: number;
  readonly attempts?: number;
  /** Wait before the second attempt; doubles with each further one. */
  readonly backOffMs?: number;
};

const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';

const registeredId = z.object({ id: z.number().int() });
const schemaAnswer = z.object({
  schema: z.string(),
  schemaType: z.string().default('AVRO'),
  references: z.array(z.unknown()).default([]),
});
const errorAnswer = z.object({ error_code: z.number().optional(), message: z.string() });

type RegistryResponse = { readonly status: number; readonly body: unknown };

/**
 * Tells whether the registry itself does not know the schema: it then sends an `error_code` that
 * begins with 404. A bare 404 comes from a proxy or another server at this address.
 */
const isUnknownSchema = ({ status, body }: RegistryResponse): boolean =>
  status === 404 && errorAnswer.safeParse(body).data?.error_code?.toString().startsWith('404') === true;

const isPassing = (status: number): boolean => status >= 500 || status === 429 || status === 408;

const parseAddress = (settings: RegistrySettings) => {
  if (!URL.canParse(settings.url)) {
    throw new BridgeError('REGISTRY_CONFIG', 'the schema registry address is not a URL');
  }
  const url = new URL(settings.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new BridgeError('REGISTRY_CONFIG', `the schema registry address must be http or https, not ${url.protocol}`);
  }
  const fromUrl = url.username ? `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` : undefined;
  const auth = settings.auth ?? fromUrl;
  const base = `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  return { base, ...(auth ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {}) };
};

/**
 * Returns the message with its cause (connection refused, certificate, …), because `fetch failed`
 * alone explains nothing.
 */
const reasonOf = (error: unknown): string => {
  const { message, cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  return [message ?? String(error), cause?.code ?? cause?.message].filter(Boolean).join(': ');
};

const refusal = (what: string, { status, body }: RegistryResponse): BridgeError => {
  const said =
    errorAnswer.safeParse(body).data?.message ?? "the answer is not a schema registry's: check SCHEMA_REGISTRY_URL";
  if (status === 401 || status === 403) {
    return new BridgeError('REGISTRY_DENIED', `${what}: ${status}, check SCHEMA_REGISTRY_AUTH (${said})`);
  }
  if (status === 409) {
    return new BridgeError(
      'REGISTRY_INCOMPATIBLE',
      `${what}: the subject holds a schema that is not compatible (${said})`,
    );
  }
  return new BridgeError('REGISTRY_REFUSED', `${what}: ${status} (${said})`);
};

type Request = {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly body: unknown;
};

const send = async (address: string, { method, headers, timeoutMs, body }: Request): Promise<RegistryResponse> => {
  const response = await fetch(address, {
    method,
    headers,
    // Following a redirect would turn a POST into a GET, or send the password to another host.
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) };
  } catch {
    return { status: response.status, body: undefined };
  }
};

const expect = <T>(schema: z.ZodType<T>, what: string, answer: RegistryResponse): T => {
  if (answer.status !== 200) throw refusal(what, answer);
  const parsed = schema.safeParse(answer.body);
  if (parsed.success) return parsed.data;
  throw new BridgeError('REGISTRY_REFUSED', `${what}: the answer is not a schema registry's`);
};

/**
 * Creates the client of a registry. Temporary failures (connection, status 408, 429, 5xx) are
 * retried with growing waits.
 * @throws BridgeError REGISTRY_CONFIG, at once, when the address is invalid; methods reject with
 * REGISTRY_UNAVAILABLE (retryable) when all attempts failed, and with REGISTRY_DENIED,
 * REGISTRY_INCOMPATIBLE or REGISTRY_REFUSED, which are final
 */
export const createSchemaRegistry = (settings: RegistrySettings): SchemaRegistry => {
  const { base, authorization } = parseAddress(settings);
  const { timeoutMs = 3000, attempts = 4, backOffMs = 200 } = settings;
  const headers = {
    accept: `${MEDIA_TYPE}, application/json`,
    'content-type': MEDIA_TYPE,
    ...(authorization ? { authorization } : {}),
  };

  const retrying = {
    retryable: (_: unknown, failures: number): boolean => failures < attempts,
    backoff: { minMs: backOffMs, maxMs: Number.POSITIVE_INFINITY },
    pause,
  };

  const request = async (method: string, path: string, body?: unknown): Promise<RegistryResponse> => {
    try {
      return await retryWhile(retrying, async () => {
        const answer = await send(`${base}${path}`, { method, headers, timeoutMs, body });
        if (isPassing(answer.status)) throw new Error(`status ${answer.status}`);
        return answer;
      });
    } catch (cause) {
      const message = `schema registry ${base}: ${method} ${path} failed ${attempts} times, last: ${reasonOf(cause)}`;
      throw new BridgeError('REGISTRY_UNAVAILABLE', message, { retryable: true, cause });
    }
  };

  return {
    idOf: async (subject, schema) => {
      const path = `/subjects/${encodeURIComponent(subject)}`;
      const body = { schema: JSON.stringify(schema) };
      // Looking up first allows accounts without the right to register, once another account has
      // registered the schema.
      const existing = await request('POST', path, body);
      if (existing.status === 200) return expect(registeredId, `schema registry, ${subject}`, existing).id;
      if (existing.status !== 404) throw refusal(`schema registry, looking up ${subject}`, existing);
      const registered = await request('POST', `${path}/versions`, body);
      return expect(registeredId, `schema registry, registering ${subject}`, registered).id;
    },
    schemaById: async (id) => {
      const answer = await request('GET', `/schemas/ids/${id}`);
      if (isUnknownSchema(answer)) return undefined;
      if (answer.status === 404) {
        const message = `schema registry ${base}: schema ${id}: the answer 404 is not a schema registry's`;
        throw new BridgeError('REGISTRY_UNAVAILABLE', message, { retryable: true });
      }
      const { references, ...rest } = expect(schemaAnswer, `schema registry, schema ${id}`, answer);
      return { ...rest, hasReferences: references.length > 0 };
    },
  };
};
