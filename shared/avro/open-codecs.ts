import type { Codec } from './codec-port';
import { createCodec } from './create-codec';
import { parseSchema, type Schema } from './create-reader';
import { toRegistryHeader, toSingleObjectHeader } from './framing';
import { createKnownSchemas } from './known-schemas';
import { loadSchemas } from './load-schemas';
import type { SmsReceived, SmsReceivedAck, SmsSend, SmsStatus } from './records';
import { toFingerprint } from './schema-fingerprint';
import { createSchemaRegistry, type RegistrySettings } from './schema-registry';

export type Codecs = {
  readonly send: Codec<SmsSend>;
  readonly status: Codec<SmsStatus>;
  readonly received: Codec<SmsReceived>;
  readonly receivedAck: Codec<SmsReceivedAck>;
};

export type CodecOptions = {
  /**
   * Base address of a Confluent-compatible schema registry. Undefined: single-object encoding,
   * without a registry.
   */
  readonly registryUrl?: string | undefined;
  /** `user:password` for the registry. */
  readonly registryAuth?: string | undefined;
  /** Topics, for the registry's subjects `<topic>-value`. Default: without a prefix. */
  readonly topics?: { readonly [R in keyof Codecs]: string };
  /** Longest value that is written or read, in bytes, framing included. */
  readonly maxBytes?: number;
  readonly lookupsPerSecond?: number;
  readonly logger?: { readonly info: (fields: object, message: string) => void };
  /** Timeouts and attempts of requests to the registry. */
  readonly registry?: Pick<RegistrySettings, 'timeoutMs' | 'attempts' | 'backOffMs'>;
};

const DEFAULT_TOPICS = {
  send: 'sms.send',
  status: 'sms.status',
  received: 'sms.received',
  receivedAck: 'sms.received.ack',
};

/**
 * Loads the schemas and creates the four codecs. With a registry, the current schemas are looked up
 * there (and registered when missing), and records are written in Confluent wire format. Without
 * one, they are written in single-object encoding. Both encodings are read in either case.
 * @throws BridgeError REGISTRY_UNAVAILABLE (retryable), REGISTRY_DENIED, REGISTRY_REFUSED,
 * REGISTRY_INCOMPATIBLE, REGISTRY_CONFIG, SCHEMA_FILES_MISSING
 */
export const openCodecs = async (options: CodecOptions = {}): Promise<Codecs> => {
  const { registryUrl, topics = DEFAULT_TOPICS, maxBytes = 65_536, logger } = options;
  const load = (name: string) => {
    const { current, released } = loadSchemas(name);
    return { current: parseSchema(current), released: released.map(({ schema }) => parseSchema(schema)) };
  };
  const files = {
    send: load('sms-send'),
    status: load('sms-status'),
    received: load('sms-received'),
    receivedAck: load('sms-received-ack'),
  };
  const registry =
    registryUrl === undefined
      ? undefined
      : createSchemaRegistry({ url: registryUrl, auth: options.registryAuth, ...options.registry });
  const registered = new Map<number, Schema>();
  const headerOf = async (topic: string, schema: Schema): Promise<Buffer> => {
    if (!registry) return toSingleObjectHeader(toFingerprint(schema.type));
    const schemaId = await registry.idOf(`${topic}-value`, schema.json);
    registered.set(schemaId, schema);
    logger?.info({ subject: `${topic}-value`, schemaId }, 'schema registered');
    return toRegistryHeader(schemaId);
  };
  const [send, status, received, receivedAck] = await Promise.all([
    headerOf(topics.send, files.send.current),
    headerOf(topics.status, files.status.current),
    headerOf(topics.received, files.received.current),
    headerOf(topics.receivedAck, files.receivedAck.current),
  ]);
  // The current schema comes last, so that it wins over a released one with the same fingerprint.
  const fromFiles = Object.values(files).flatMap(({ current, released }) => [...released, current]);
  const known = createKnownSchemas(fromFiles, registry, registered, options.lookupsPerSecond);
  return {
    send: createCodec<SmsSend>(files.send.current, send, known, { maxBytes }),
    status: createCodec<SmsStatus>(files.status.current, status, known, { maxBytes }),
    received: createCodec<SmsReceived>(files.received.current, received, known, { maxBytes }),
    receivedAck: createCodec<SmsReceivedAck>(files.receivedAck.current, receivedAck, known, { maxBytes }),
  };
};
