import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import fc from 'fast-check';
import type { HttpOptions } from '../../../services/producer/http/http-server';
import { boundPublish } from '../../../services/producer/kafka/bounded-publish';
import { BridgeError } from '../../../shared/errors';
import { anyCharacter } from '../../support/any-character';
import { createSelfSignedCertificate } from '../../support/certificates';
import { callRaw, openHalfRequest } from '../../support/http-call';
import { tries } from '../../support/tries';
import { waitUntil } from '../../support/wait-until';
import { BILLING, call, createProducerWorld, openTestServer, PORTAL, post } from './producer-world';

const MESSAGE = { to: '13800138000', content: '停电通知' };

const openIdle = (address: string) => {
  const { hostname, port } = new URL(address);
  return connect(Number(port), hostname);
};

const toWellFormed = (text: string): string => (text as string & { toWellFormed(): string }).toWellFormed();

describe('the HTTP interface at its limits', () => {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });
  const open = async (world = createProducerWorld(), options: Partial<HttpOptions> = {}) => {
    const server = await openTestServer(world, options);
    closers.push(server.close);
    return server;
  };

  it('answers any body with 202, 207 or 4xx, the same for a batch as for its messages', async () => {
    const world = createProducerWorld();
    const server = await open(world);
    const text = fc.oneof(
      fc.string({ unit: anyCharacter }),
      fc.constantFrom('13800138000', '+44 20 7946 0958', '', '停电', '\u0000'),
    );
    const value = fc.oneof(
      text,
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const message = fc
      .record(
        {
          to: fc.oneof({ weight: 3, arbitrary: fc.constant('13800138000') }, { weight: 1, arbitrary: value }),
          content: fc.oneof({ weight: 3, arbitrary: text }, { weight: 1, arbitrary: value }),
          messageId: value,
          extCode: value,
          priority: fc.oneof(fc.integer({ min: -1, max: 4 }), value),
          needReport: value,
          scheduledAt: value,
          expiresAt: value,
          context: value,
        },
        { requiredKeys: ['to', 'content'] },
      )
      .chain((known) =>
        fc.oneof(
          { weight: 4, arbitrary: fc.constant<object>(known) },
          { weight: 1, arbitrary: fc.dictionary(text, value) },
        ),
      );
    const body = fc.oneof(
      message.map((one) => JSON.stringify(one)),
      fc.array(fc.oneof(message, value), { maxLength: 5 }).map((messages) => JSON.stringify({ messages })),
      fc.jsonValue().map((json) => JSON.stringify(json)),
      fc.string({ unit: anyCharacter }),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    );
    await fc.assert(
      fc.asyncProperty(body, async (bytes) => {
        const before = world.published.length;
        const answer = await post(server.address, bytes);
        if (answer.status !== 202 && answer.status !== 207) {
          expect(answer.status).toBeGreaterThanOrEqual(400);
          expect(answer.status).toBeLessThan(500);
          expect(answer.body.error).toMatchObject({
            code: expect.stringMatching(/^[A-Z0-9_]+$/),
            message: expect.any(String),
          });
          expect(world.published).toHaveLength(before);
          return;
        }
        const results = answer.body.messages ?? [answer.body];
        const queued = results.filter(({ status }: { status: string }) => status === 'queued');
        const ids = new Set(queued.map(({ messageId }: { messageId: string }) => messageId));
        expect(world.published).toHaveLength(before + ids.size);
      }),
      { numRuns: tries(300) },
    );
    expect(server.troubles).toEqual([]);
  });

  it('accepts any path, key and idempotency key without a 5xx', async () => {
    const server = await open();
    const path = fc.oneof(
      fc
        .oneof(fc.string(), fc.string({ unit: anyCharacter }))
        .map((tail) => `/v1/messages/${encodeURI(tail).replace(/[?#]/g, encodeURIComponent)}`),
      fc.string({ unit: anyCharacter }).map((id) => `/v1/received/${encodeURIComponent(toWellFormed(id))}/ack`),
      fc.string().map((after) => `/v1/received?after=${encodeURIComponent(toWellFormed(after))}`),
      fc.base64String().map((after) => `/v1/received?after=${encodeURIComponent(after)}`),
    );
    const header = fc.stringMatching(/^[\x21-\x7e]{1,80}$/);
    await fc.assert(
      fc.asyncProperty(
        path,
        fc.constantFrom('GET', 'POST', 'DELETE'),
        fc.option(header),
        header,
        async (at, method, key, idempotency) => {
          const answer = await call(server.address, at, {
            method,
            headers: { 'idempotency-key': idempotency },
            ...(key === null ? {} : { key }),
          });
          expect(answer.status).toBeLessThan(500);
          if (key !== null) expect([400, 401, 404, 405]).toContain(answer.status);
        },
      ),
      { numRuns: tries(200) },
    );
    expect(server.troubles).toEqual([]);
  });

  it('limits the requests of each key alone', async () => {
    const server = await open(createProducerWorld(), { requestsPerSecond: 5 });
    const answers = await Promise.all(Array.from({ length: 12 }, () => post(server.address, MESSAGE)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(2);
    expect(refused[0]!.body.error).toMatchObject({ code: 'RATE_LIMITED', limit: 'requests' });
    expect(Number(refused[0]!.headers['retry-after'])).toBeGreaterThan(0);
    expect((await post(server.address, MESSAGE, {}, PORTAL.key)).status).toBe(202);
    await waitUntil('the key may send again', async () => (await post(server.address, MESSAGE)).status === 202);
  });

  it('limits the messages, the bytes and the cancellations of unknown ids of each application alone', async () => {
    const world = createProducerWorld();
    const server = await open(world);
    const limited = async (sent: ReturnType<typeof post>) => {
      const { status, headers, body } = await sent;
      return [status, body.error?.code, body.error?.limit, Number(headers['retry-after'])];
    };
    Object.assign(world.rates, { messagesPerSecond: 2, bytesPerSecond: 0, aheadPerHour: 0 });
    expect((await post(server.address, { messages: Array(5).fill(MESSAGE) })).status).toBe(202);
    expect(await limited(post(server.address, '[no JSON'))).toEqual([429, 'RATE_LIMITED', 'messages', 2]);
    expect((await post(server.address, MESSAGE, {}, PORTAL.key)).status).toBe(202);
    expect((await call(server.address, '/v1/messages/x')).status).toBe(404);

    Object.assign(world.rates, { messagesPerSecond: 0, bytesPerSecond: 200, aheadPerHour: 0 });
    expect((await post(server.address, { messages: Array(10).fill(MESSAGE) })).status).toBe(202);
    expect(await limited(post(server.address, MESSAGE))).toEqual([429, 'RATE_LIMITED', 'bytes', expect.any(Number)]);

    Object.assign(world.rates, { messagesPerSecond: 0, bytesPerSecond: 0, aheadPerHour: 2 });
    const cancel = (id: string, key = BILLING.key) =>
      call(server.address, `/v1/messages/${id}?ahead=true`, { method: 'DELETE', key });
    expect([(await cancel('a')).status, (await cancel('b')).status]).toEqual([200, 200]);
    expect(await limited(cancel('c'))).toEqual([429, 'RATE_LIMITED', 'ahead', expect.any(Number)]);
    expect((await cancel('c', PORTAL.key)).status).toBe(200);
    const { messageId } = (await post(server.address, MESSAGE)).body;
    expect((await cancel(messageId)).status).toBe(200);
  });

  it('answers 503 with Retry-After and the ids when Kafka does not acknowledge, and the repetition has the same ids', async () => {
    let away = true;
    const world = createProducerWorld();
    const { publish } = world.accept;
    const server = await open({
      ...world,
      accept: {
        ...world.accept,
        publish: async (publications) => {
          if (away) throw new BridgeError('KAFKA_UNAVAILABLE', 'no broker', { retryable: true });
          return publish(publications);
        },
      },
    });
    const key = { 'idempotency-key': 'k' };
    const lost = await post(server.address, MESSAGE, key);
    expect([lost.status, lost.body.error.code, lost.headers['retry-after']]).toEqual([503, 'UNCONFIRMED', '2']);
    const [messageId] = lost.body.error.messageIds;
    expect((await call(server.address, `/v1/messages/${messageId}`)).status).toBe(404);
    away = false;
    expect((await post(server.address, MESSAGE, key)).body).toEqual({ messageId, status: 'queued' });
    expect((await post(server.address, { ...MESSAGE, content: 'other' }, key)).status).toBe(409);
  });

  it('limits the time that callers wait, and their number', async () => {
    const world = createProducerWorld();
    const waiting: (() => void)[] = [];
    const bounded = boundPublish(() => new Promise((resolve) => void waiting.push(() => resolve(new Map()))), {
      pendingMax: 2,
      timeoutMs: 300,
      shareOf: () => 2,
    });
    const server = await open({ ...world, accept: { ...world.accept, publish: bounded.publish } });
    const first = post(server.address, { messages: [MESSAGE, MESSAGE] });
    await waitUntil('the first waits', () => bounded.pending() === 2);
    const more = await post(server.address, MESSAGE);
    expect([more.status, more.body.error.limit, more.headers['retry-after']]).toEqual([429, 'pending', '1']);
    const other = await post(server.address, MESSAGE, {}, PORTAL.key);
    expect([other.status, other.body.error.code, other.body.error.messageIds]).toEqual([503, 'OVERLOADED', undefined]);
    expect((await first).body.error).toMatchObject({
      code: 'UNCONFIRMED',
      messageIds: [expect.any(String), expect.any(String)],
    });
    expect(bounded.pending()).toBe(2);
    for (const acknowledge of waiting) acknowledge();
    await waitUntil('nothing waits', () => bounded.pending() === 0);
  });

  it('finishes requests in progress when it closes, and cuts those that do not end', async () => {
    const world = createProducerWorld();
    let acknowledge: (() => void) | undefined;
    const server = await open(
      {
        ...world,
        accept: {
          ...world.accept,
          publish: () =>
            new Promise((resolve) => {
              acknowledge = () => resolve(new Map());
            }),
        },
      },
      { drainMs: 500 },
    );
    const begun = post(server.address, MESSAGE);
    await waitUntil('it is begun', () => acknowledge !== undefined);
    const half = await openHalfRequest(server.address, BILLING.key);
    const closedAt = Date.now();
    const closed = server.close();
    await expect(post(server.address, MESSAGE)).rejects.toThrow('ECONN');
    acknowledge?.();
    expect((await begun).status).toBe(202);
    await closed;
    await half.cut;
    expect(Date.now() - closedAt).toBeLessThan(4_000);
  });

  it.each([
    ['head', 'POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Le'],
    [
      'body',
      `POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${BILLING.key}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
    ],
  ])('gives up a %s that does not arrive', async (_, bytes) => {
    const server = await open(createProducerWorld(), { requestTimeoutMs: 500 });
    const startedAt = Date.now();
    const answer = await callRaw(server.address, bytes);
    expect(answer).toMatch(/^HTTP\/1.1 408 .*"code":"REQUEST_TIMEOUT"/s);
    expect(Date.now() - startedAt).toBeLessThan(2_500);
  });

  it.each([
    ['plain', undefined],
    ['TLS', createSelfSignedCertificate()],
  ])('holds as many connections of an address as it may, and closes more at once: %s', async (_, tls) => {
    const server = await open(createProducerWorld(), { connectionsPerAddress: 2, tls });
    const held = [openIdle(server.address), openIdle(server.address)];
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    await once(openIdle(server.address), 'close');
    expect(server.refused).toEqual(['127.0.0.1']);
    held[0]!.destroy();
    await waitUntil('another one is free', () =>
      call(server.address, '/v1/received', { ...(tls && { ca: tls.cert }) }, tls && (httpsRequest as never)).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    held[1]!.destroy();
  });

  it('speaks TLS 1.2 and 1.3, with forward secrecy and authenticated encryption only', async () => {
    const tls = createSelfSignedCertificate();
    const server = await open(createProducerWorld(), { tls });
    expect(server.address).toMatch(/^https:/);
    const answer = await call(server.address, '/v1/received', { ca: tls.cert }, httpsRequest as never);
    expect(answer.status).toBe(200);
    const { hostname: host, port } = new URL(server.address);
    const shake = (options: ConnectionOptions): Promise<string> =>
      new Promise((resolve) => {
        const socket = connectTls({ host, port: Number(port), ca: tls.cert, ...options }, () => {
          resolve(`${socket.getProtocol()} ${socket.getCipher().name}`);
          socket.destroy();
        });
        socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(`${code}`));
      });
    const with12 = (ciphers: string) => shake({ maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` });
    expect(await shake({})).toMatch(/^TLSv1.3 TLS_/);
    expect(await with12('DEFAULT')).toMatch(/^TLSv1.2 ECDHE-ECDSA-.*(GCM|POLY1305)/);
    for (const old of ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'AES128-SHA', 'AES256-GCM-SHA384'])
      expect([old, await with12(old)]).toEqual([old, expect.stringMatching(/ALERT_HANDSHAKE_FAILURE/)]);
    expect(await shake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' })).toMatch(/VERSION/);
  });
});
