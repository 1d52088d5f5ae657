import { loadSchemas } from '../../../shared/avro/load-schemas';
import { type CodecOptions, openCodecs } from '../../../shared/avro/open-codecs';
import { BridgeError } from '../../../shared/errors';
import {
  openSchemaRegistryServer,
  type SchemaRegistryOptions,
  type SchemaRegistryServer,
} from '../../support/schema-registry-server';
import { tries } from '../../support/tries';

const servers: SchemaRegistryServer[] = [];
const openServer = async (options?: SchemaRegistryOptions): Promise<SchemaRegistryServer> => {
  const server = await openSchemaRegistryServer(options);
  servers.push(server);
  return server;
};
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const quick = { timeoutMs: 5_000, attempts: 3, backOffMs: 5 };
const open = (server: SchemaRegistryServer, options: CodecOptions = {}) =>
  openCodecs({ registryUrl: server.url, registry: quick, ...options });

const errorOf = async (promise: Promise<unknown>): Promise<BridgeError> => {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(BridgeError);
  return error as BridgeError;
};

const ack = { receivedId: 'r-1', appId: 'billing', processedAt: 1767139200123 };
const ackSchema = loadSchemas('sms-received-ack').current as { fields: object[] } & Record<string, unknown>;
const framed = (id: number, datum: Buffer): Buffer => {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  return Buffer.concat([header, datum]);
};
const ackDatum = async () => (await openCodecs()).receivedAck.encode(ack).subarray(10);

describe('writing with a registry', () => {
  test('registers every record under <topic>-value and writes 00 and the id', async () => {
    const server = await openServer();
    const codecs = await open(server);
    const [id] = server.idsOf('sms.received.ack-value');
    expect(codecs.receivedAck.encode(ack)).toEqual(framed(id!, await ackDatum()));
    expect(codecs.receivedAck.decode(codecs.receivedAck.encode(ack))).toEqual({ ok: true, value: ack });
    for (const topic of ['sms.send', 'sms.status', 'sms.received'])
      expect(server.idsOf(`${topic}-value`)).toHaveLength(1);
  });

  test('finds registered schemas, also with an account that may only read', async () => {
    const server = await openServer({ readOnly: true });
    expect((await errorOf(open(server))).code).toBe('REGISTRY_DENIED');
    for (const [name, topic] of [
      ['sms-send', 'sms.send'],
      ['sms-status', 'sms.status'],
      ['sms-received', 'sms.received'],
      ['sms-received-ack', 'sms.received.ack'],
    ] as const) {
      server.add({ schema: JSON.stringify(loadSchemas(name).current) }, `${topic}-value`);
    }
    await open(server);
  });

  test('uses the configured topic names as subjects', async () => {
    const server = await openServer();
    await open(server, {
      topics: {
        send: 't1.sms.send',
        status: 't1.sms.status',
        received: 't1.sms.received',
        receivedAck: 't1.sms.received.ack',
      },
    });
    expect(server.idsOf('t1.sms.send-value')).toHaveLength(1);
    expect(server.idsOf('sms.send-value')).toHaveLength(0);
  });

  test('uses user and password from settings or from the URL, and reports wrong ones', async () => {
    const server = await openServer({ auth: 'bridge:p@ss:word' });
    await open(server, { registryAuth: 'bridge:p@ss:word' });
    await open(server, { registryUrl: server.url.replace('://', '://bridge:p%40ss%3Aword@') });
    const error = await errorOf(open(server, { registryAuth: 'bridge:wrong' }));
    expect(error).toMatchObject({ code: 'REGISTRY_DENIED', retryable: false });
    expect(error.message).toContain('SCHEMA_REGISTRY_AUTH');
    expect(error.message).not.toContain('wrong');
  });

  test('stops the start when a subject holds an incompatible schema', async () => {
    const server = await openServer({ oneSchemaPerSubject: true });
    server.add({ schema: '"string"' }, 'sms.status-value');
    expect(await errorOf(open(server))).toMatchObject({ code: 'REGISTRY_INCOMPATIBLE', retryable: false });
  });

  test('reports a URL where another server answers', async () => {
    const server = await openServer();
    server.misbehave(8, 'another server answers 404');
    const error = await errorOf(open(server));
    expect(error).toMatchObject({ code: 'REGISTRY_REFUSED', retryable: false });
    expect(error.message).toContain('SCHEMA_REGISTRY_URL');
  });

  test.each(['ftp://x', 'not a url'])('refuses an invalid URL: %s', async (registryUrl) => {
    expect((await errorOf(openCodecs({ registryUrl }))).code).toBe('REGISTRY_CONFIG');
  });
});

describe('reading with a registry', () => {
  test('decodes both framings, with and without a registry', async () => {
    const plain = await openCodecs();
    const codecs = await open(await openServer());
    expect(codecs.receivedAck.decode(plain.receivedAck.encode(ack))).toEqual({ ok: true, value: ack });
    expect(plain.receivedAck.decode(codecs.receivedAck.encode(ack))).toMatchObject({
      ok: false,
      problem: { reason: 'UNKNOWN_SCHEMA' },
    });
  });

  test('fetches the schema of a newer writer once, and ignores its extra field', async () => {
    const server = await openServer();
    const codecs = await open(server);
    const fields = [{ name: 'note', type: ['null', 'string'], default: null }, ...ackSchema.fields];
    const id = server.add({ schema: JSON.stringify({ ...ackSchema, fields }) });
    const value = framed(id, Buffer.concat([Buffer.from([2, 4, 0x68, 0x69]), await ackDatum()]));
    expect(codecs.receivedAck.decode(value)).toMatchObject({ ok: false, problem: { reason: 'UNKNOWN_SCHEMA' } });
    await Promise.all([codecs.receivedAck.prefetchSchemas([value, null, value]), codecs.send.prefetchSchemas([value])]);
    await codecs.receivedAck.prefetchSchemas([value]);
    expect(codecs.receivedAck.decode(value)).toEqual({ ok: true, value: ack });
    expect(server.requests.filter((request) => request === `GET /schemas/ids/${id}`)).toHaveLength(1);
  });

  test('takes an id that the registry does not know as unknown, and does not ask again for each batch', async () => {
    const server = await openServer();
    const codecs = await open(server);
    const value = framed(4711, await ackDatum());
    await codecs.receivedAck.prefetchSchemas([value]);
    await codecs.receivedAck.prefetchSchemas([value]);
    expect(codecs.receivedAck.decode(value)).toMatchObject({
      ok: false,
      problem: { reason: 'UNKNOWN_SCHEMA', message: 'schema 4711 is not in the registry' },
    });
    expect(server.requests.filter((request) => request.endsWith('/4711'))).toHaveLength(1);
  });

  test('condemns no record for a 404 of another server, such as a proxy', async () => {
    const server = await openServer();
    const codecs = await open(server);
    const value = framed(server.add({ schema: JSON.stringify({ ...ackSchema, doc: 'other' }) }), await ackDatum());
    server.misbehave(1, 'another server answers 404');
    expect(await errorOf(codecs.receivedAck.prefetchSchemas([value]))).toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      retryable: true,
    });
    await codecs.receivedAck.prefetchSchemas([value]);
    expect(codecs.receivedAck.decode(value)).toEqual({ ok: true, value: ack });
  });

  test('survives many made-up ids at once', async () => {
    const server = await openServer();
    const codecs = await open(server);
    const values = Array.from({ length: tries(500) }, (_, n) => framed(10_000 + n, Buffer.alloc(3)));
    await codecs.send.prefetchSchemas(values);
    for (const value of values) expect(codecs.send.decode(value).ok).toBe(false);
  });

  test.each([
    ['no Avro', { schema: 'message M {}', schemaType: 'PROTOBUF' }, 'INCOMPATIBLE_SCHEMA'],
    ['a schema with references', { schema: '"string"', references: [{}] }, 'INCOMPATIBLE_SCHEMA'],
    ['another type', { schema: '"string"' }, 'INCOMPATIBLE_SCHEMA'],
    ['broken', { schema: '{"type":"nonsense"}' }, 'UNKNOWN_SCHEMA'],
    ['not JSON', { schema: '{' }, 'UNKNOWN_SCHEMA'],
  ])('refuses a registered schema that is %s', async (_, stored, reason) => {
    const server = await openServer();
    const codecs = await open(server);
    const value = framed(server.add(stored), await ackDatum());
    await codecs.receivedAck.prefetchSchemas([value]);
    expect(codecs.receivedAck.decode(value)).toMatchObject({ ok: false, problem: { reason } });
  });

  test('refuses a writer that means microseconds, and accepts one without logical types', async () => {
    const server = await openServer();
    const codecs = await open(server);
    const withTime = (type: unknown) => ({
      ...ackSchema,
      fields: [...ackSchema.fields.slice(0, 2), { name: 'processedAt', type }],
    });
    const micros = framed(
      server.add({ schema: JSON.stringify(withTime({ type: 'long', logicalType: 'timestamp-micros' })) }),
      await ackDatum(),
    );
    const bare = framed(server.add({ schema: JSON.stringify(withTime('long')) }), await ackDatum());
    await codecs.receivedAck.prefetchSchemas([micros, bare]);
    expect(codecs.receivedAck.decode(bare)).toEqual({ ok: true, value: ack });
    const refused = codecs.receivedAck.decode(micros);
    expect(refused).toMatchObject({ ok: false, problem: { reason: 'INCOMPATIBLE_SCHEMA' } });
    expect(JSON.stringify(refused)).toContain('timestamp-micros');
  });
});

describe('a registry that is down', () => {
  test.each([{ status: 503 }, { status: 429 }, 'hang up', 'never answer'] as const)(
    'is asked again after a moment (%j)',
    async (how) => {
      const server = await openServer();
      server.misbehave(2, how);
      const codecs = await open(server, how === 'never answer' ? { registry: { ...quick, timeoutMs: 300 } } : {});
      expect(codecs.receivedAck.encode(ack)[0]).toBe(0);
    },
  );

  test('causes a retryable error at the start that names URL and cause', async () => {
    const server = await openServer();
    await server.close();
    const error = await errorOf(open(server));
    expect(error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE', retryable: true });
    expect(error.message).toContain(server.url);
    expect(error.message).toContain('ECONNREFUSED');
  });

  test('makes learn reject while known schemas are still read, and the new schema is learned afterwards', async () => {
    const server = await openServer();
    const codecs = await open(server);
    const id = server.add({ schema: JSON.stringify({ ...ackSchema, doc: 'other' }) });
    const known = codecs.receivedAck.encode(ack);
    const fresh = framed(id, await ackDatum());
    await codecs.receivedAck.prefetchSchemas([known]);
    server.misbehave(3, 'hang up');
    expect(await errorOf(codecs.receivedAck.prefetchSchemas([known, fresh]))).toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      retryable: true,
    });
    expect(codecs.receivedAck.decode(known)).toEqual({ ok: true, value: ack });
    expect(codecs.receivedAck.decode(fresh).ok).toBe(false);
    await codecs.receivedAck.prefetchSchemas([fresh]);
    expect(codecs.receivedAck.decode(fresh)).toEqual({ ok: true, value: ack });
  });
});
