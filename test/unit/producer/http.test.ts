import { SAFE_HEADERS } from '../../../shared/http/answer-client-error';
import { callRaw } from '../../support/http-call';
import { BILLING, call, createProducerWorld, openTestServer, PORTAL, post } from './producer-world';

const MESSAGE = { to: '13800138000', content: '停电通知' };

describe('the HTTP interface', () => {
  const world = createProducerWorld();
  let server: Awaited<ReturnType<typeof openTestServer>>;
  let address: string;
  beforeAll(async () => {
    server = await openTestServer(world);
    address = server.address;
  });
  afterAll(() => server.close());
  beforeEach(() => {
    world.published.length = 0;
    world.rows.clear();
  });
  const errorOf = async (body: unknown, headers = {}) => {
    const answer = await post(address, body, headers);
    return [answer.status, answer.body.error?.code, answer.body.error?.field];
  };

  it("queues one message with the key's application and the contract's defaults", async () => {
    const answer = await post(address, MESSAGE);
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ messageId: expect.stringMatching(/^new-\d+$/), status: 'queued' });
    expect(world.published).toEqual([
      {
        messageId: answer.body.messageId,
        appId: 'billing',
        ...MESSAGE,
        extCode: null,
        priority: 1,
        needReport: true,
        scheduledAt: null,
        expiresAt: null,
        createdAt: expect.any(Number),
        context: null,
      },
    ]);
  });

  it('accepts every field, and times in both spellings', async () => {
    const soon = new Date(Date.now() + 3_600_000);
    const body = {
      ...MESSAGE,
      messageId: 'mine:1',
      extCode: '7',
      priority: 3,
      needReport: false,
      scheduledAt: soon.toISOString(),
      expiresAt: soon.getTime() + 60_000,
      context: 'bill 7',
    };
    expect((await post(address, body)).body).toEqual({ messageId: 'mine:1', status: 'queued' });
    expect(world.published[0]).toMatchObject({
      ...body,
      scheduledAt: soon.getTime(),
      appId: 'billing',
    });
  });

  const REFUSED: readonly (readonly [body: unknown, code: string, field: string | undefined])[] = [
    [{ content: 'x' }, 'RECIPIENT_INVALID', 'to'],
    [{ to: 13800138000, content: 'x' }, 'RECIPIENT_INVALID', 'to'],
    [{ to: '12', content: 'x' }, 'RECIPIENT_INVALID', 'to'],
    [{ to: '13800138000' }, 'CONTENT_EMPTY', 'content'],
    [{ to: '13800138000', content: '' }, 'CONTENT_EMPTY', 'content'],
    [{ to: '13800138000', content: 7 }, 'FIELD_INVALID', 'content'],
    [{ ...MESSAGE, content: 'x'.repeat(1001) }, 'CONTENT_TOO_LONG', 'content'],
    [{ ...MESSAGE, messageId: 'a b' }, 'MESSAGE_ID_INVALID', 'messageId'],
    [{ ...MESSAGE, extCode: 'x' }, 'EXT_CODE_INVALID', 'extCode'],
    [{ ...MESSAGE, priority: 4 }, 'PRIORITY_INVALID', 'priority'],
    [{ ...MESSAGE, priority: 1.5 }, 'PRIORITY_INVALID', 'priority'],
    [{ ...MESSAGE, needReport: 'yes' }, 'FIELD_INVALID', 'needReport'],
    [{ ...MESSAGE, scheduledAt: 'tomorrow' }, 'SCHEDULE_INVALID', 'scheduledAt'],
    [{ ...MESSAGE, scheduledAt: 9e15 }, 'SCHEDULE_INVALID', 'scheduledAt'],
    [{ ...MESSAGE, expiresAt: 1 }, 'VALIDITY_INVALID', 'expiresAt'],
    [{ ...MESSAGE, scheduledAt: Math.floor(Date.now() / 1000) }, 'TIME_NOT_MILLISECONDS', 'scheduledAt'],
    [{ ...MESSAGE, expiresAt: Date.now() * 1000 }, 'TIME_NOT_MILLISECONDS', 'expiresAt'],
    [{ ...MESSAGE, scheduledAt: '2026-12-01T08:00' }, 'SCHEDULE_INVALID', 'scheduledAt'],
    [{ ...MESSAGE, context: 'x'.repeat(513) }, 'CONTEXT_TOO_LONG', 'context'],
    [{ ...MESSAGE, content: 'a\ud83d b' }, 'CONTENT_INVALID', 'content'],
    [{ ...MESSAGE, context: '\udc00' }, 'CONTEXT_INVALID', 'context'],
    [{ ...MESSAGE, messageId: '\ud83d' }, 'MESSAGE_ID_INVALID', 'messageId'],
    [{ ...MESSAGE, extCode: '\ud83d' }, 'EXT_CODE_INVALID', 'extCode'],
    [{ ...MESSAGE, to: '\ud83d13800138000' }, 'RECIPIENT_INVALID', 'to'],
    [{ ...MESSAGE, to: '+13025551234' }, 'RECIPIENT_INVALID', 'to'],
    [{ ...MESSAGE, appId: 'portal' }, 'FIELD_UNKNOWN', 'appId'],
    [{ ...MESSAGE, sheduledAt: 5 }, 'FIELD_UNKNOWN', 'sheduledAt'],
    [[], 'BODY_INVALID', undefined],
    ['7', 'BODY_INVALID', undefined],
    [{ messages: [] }, 'BATCH_INVALID', 'messages'],
    [{ messages: 'x' }, 'BATCH_INVALID', 'messages'],
    [{ messages: Array.from({ length: 1001 }, () => MESSAGE) }, 'BATCH_INVALID', 'messages'],
    [{ messages: [MESSAGE], priority: 1 }, 'FIELD_UNKNOWN', 'priority'],
    ['{"to":', 'BODY_NOT_JSON', undefined],
    ['{"__proto__":{"to":"1"}}', 'BODY_NOT_JSON', undefined],
    ['{"to":"13800138000","content":"x","to":"13900139000"}', 'FIELD_REPEATED', 'to'],
    ['{"messages":[{"to":"13800138000","content":"x","\\u0074o":"13900139000"}]}', 'FIELD_REPEATED', 'to'],
    ['['.repeat(500_000), 'BODY_TOO_COMPLEX', undefined],
    [{ messages: Array.from({ length: 10_000 }, () => MESSAGE) }, 'BODY_TOO_COMPLEX', undefined],
    ['', 'BODY_INVALID', undefined],
    [Buffer.from('{"to":"13800138000","content":"\xc4\xe3"}', 'latin1'), 'BODY_NOT_UTF8', undefined],
  ];
  it.each(REFUSED.map(([body, code, field], index) => ({ index, code, field, body })))(
    'refuses body $index: $code $field',
    async ({ body, code, field }) => {
      expect(await errorOf(body)).toEqual([400, code, field]);
      expect(world.published).toEqual([]);
    },
  );

  it('says which condition a validity breaks', async () => {
    const scheduledAt = Date.now() + 3_600_000;
    const why = async (times: object) => (await post(address, { ...MESSAGE, ...times })).body.error.message;
    expect(await why({ scheduledAt, expiresAt: scheduledAt })).toBe('expiresAt must be after scheduledAt');
    expect(await why({ scheduledAt, expiresAt: scheduledAt + 73 * 3_600_000 })).toBe(
      'expiresAt must be at most 72 h after scheduledAt',
    );
    expect(await why({ expiresAt: Date.now() - 1_000 })).toMatch(/^expiresAt must be after createdAt/);
  });

  it('explains wrong parameters in its own words', async () => {
    const said = async (path: string, method = 'GET') => {
      const { status, body } = await call(address, path, { method });
      return [status, body.error.code, body.error.field, body.error.message];
    };
    const limit = [400, 'FIELD_INVALID', 'limit', 'limit must be a whole number from 1 to 500'];
    for (const value of ['0', '501', '1.5', 'x', '', '1&limit=2'])
      expect(await said(`/v1/received?limit=${value}`)).toEqual(limit);
    expect(await said('/v1/received?after=a&after=b')).toEqual([
      400,
      'FIELD_INVALID',
      'after',
      expect.stringMatching(/^after must/),
    ]);
    expect(await said('/v1/received?size=5')).toEqual([
      400,
      'FIELD_INVALID',
      'size',
      'there is no parameter "size" at this address',
    ]);
    expect(await said('/v1/messages/a?ahead=maybe', 'DELETE')).toEqual([
      400,
      'FIELD_INVALID',
      'ahead',
      'ahead must be true or false',
    ]);
  });

  it('takes an empty body of any type for none, and reads no body where there is none', async () => {
    const send = (path: string, body: string, method = 'POST') =>
      fetch(new URL(path, address), { method, body, headers: { authorization: `Bearer ${BILLING.key}` } });
    world.received.push({ receivedId: 'r0', appId: 'billing', processed: true } as never);
    expect((await send('/v1/received/r0/ack', '')).status).toBe(202);
    expect((await send('/v1/received/r0/ack', '<a body/>')).status).toBe(202);
    expect((await send('/v1/messages/unknown', '[', 'DELETE')).status).toBe(404);
    world.received.length = 0;
    expect(await (await send('/v1/messages', '')).json()).toMatchObject({ error: { code: 'BODY_INVALID' } });
    expect((await send('/v1/messages', 'x')).status).toBe(415);
  });

  it('answers 417 in JSON', async () => {
    const answer = await callRaw(
      address,
      'GET /v1/received HTTP/1.1\r\nHost: x\r\nExpect: more\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 417 .*"code":"EXPECTATION_UNSUPPORTED"/s);
  });

  it('accepts times as Java writes them', async () => {
    const soon = Math.floor((Date.now() + 3_600_000) / 60_000) * 60_000;
    const local = new Date(soon + 8 * 3_600_000).toISOString().slice(0, 16);
    for (const zone of ['+08:00', '+0800', '+08:00[Asia/Shanghai]'])
      expect((await post(address, { ...MESSAGE, scheduledAt: `${local}${zone}` })).status).toBe(202);
    expect(world.published.map(({ scheduledAt }) => scheduledAt)).toEqual([soon, soon, soon]);
  });

  it('refuses half of a character in one message of a batch, and accepts the others', async () => {
    const { body } = await post(address, { messages: [MESSAGE, { ...MESSAGE, content: 'a\ud83d' }, MESSAGE] });
    expect([body.queued, body.messages[1].error.code, body.messages[1].error.field]).toEqual([
      2,
      'CONTENT_INVALID',
      'content',
    ]);
    expect(world.published).toHaveLength(2);
  });

  it('judges the messages of a batch one by one', async () => {
    const answer = await post(address, {
      messages: [MESSAGE, { ...MESSAGE, to: 'x' }, 7, { ...MESSAGE, content: 'second' }],
    });
    expect(answer.status).toBe(207);
    expect(answer.body).toEqual({
      queued: 2,
      rejected: 2,
      messages: [
        { messageId: expect.any(String), status: 'queued' },
        {
          status: 'rejected',
          error: { code: 'RECIPIENT_INVALID', field: 'to', message: expect.stringContaining('telephone') },
        },
        { status: 'rejected', error: { code: 'MESSAGE_INVALID', message: 'a message must be a JSON object' } },
        { messageId: expect.any(String), status: 'queued' },
      ],
    });
    expect(world.published.map(({ content }) => content)).toEqual(['停电通知', 'second']);
    const good = await post(address, { messages: Array.from({ length: 1000 }, () => MESSAGE) });
    expect([good.status, good.body.queued]).toEqual([202, 1000]);
  });

  it('gives a repetition the same ids, and 409 to another body under the same key', async () => {
    const key = { 'idempotency-key': 'bill-2026-11' };
    const first = await post(address, MESSAGE, key);
    expect((await post(address, MESSAGE, key)).body).toEqual(first.body);
    expect(await errorOf({ ...MESSAGE, content: 'other' }, key)).toEqual([
      409,
      'IDEMPOTENCY_KEY_REUSED',
      'Idempotency-Key',
    ]);
    expect(await errorOf({ messages: [MESSAGE] }, key)).toEqual([409, 'IDEMPOTENCY_KEY_REUSED', 'Idempotency-Key']);
    const foreign = await post(address, MESSAGE, key, PORTAL.key);
    expect(foreign.status).toBe(202);
    expect(foreign.body.messageId).not.toBe(first.body.messageId);
    expect(await errorOf(MESSAGE, { 'idempotency-key': 'a b' })).toEqual([
      400,
      'IDEMPOTENCY_KEY_INVALID',
      'Idempotency-Key',
    ]);
  });

  it('answers 401 without a valid key and 403 to an account without an application, before it reads the body', async () => {
    const status = async (key: string | null, body = '{') => {
      const answer = await call(address, '/v1/messages', { method: 'POST', key, body });
      return [answer.status, answer.body.error.code];
    };
    expect(await status(null)).toEqual([401, 'KEY_MISSING']);
    expect(await status('x')).toEqual([401, 'KEY_INVALID']);
    expect(await status('billing.wrong')).toEqual([401, 'KEY_INVALID']);
    expect(await status('unknown.secret')).toEqual([401, 'KEY_INVALID']);
    expect(await status('former.former')).toEqual([401, 'ACCOUNT_DISABLED']);
    expect(await status('root.root')).toEqual([403, 'ROLE_FORBIDDEN']);
    const answer = await call(address, '/v1/received', { key: null });
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  it('answers in JSON for unknown paths and methods too', async () => {
    const answers = await Promise.all([
      call(address, '/v2/messages', { method: 'POST', body: '{}' }),
      call(address, '/v1/messages', { method: 'PUT', body: '{}' }),
      call(address, '/v1/messages/a', { method: 'PROPFIND' }),
      call(address, '/%ff'),
      call(address, `/v1/messages/${'a'.repeat(300)}`),
      call(address, '/v1/messages/a%20b'),
      post(address, 'to=1', { 'content-type': 'application/x-www-form-urlencoded' }),
      post(address, JSON.stringify(MESSAGE), { 'content-encoding': 'gzip' }),
      post(address, `"${'x'.repeat(1_048_576)}"`),
      call(address, '/v1/received?limit=0'),
      call(address, '/v1/received?aftr=x'),
      call(address, '/v1/received?after=x'),
    ]);
    expect(answers.map(({ status, body }) => [status, body.error.code, body.error.field])).toEqual([
      [404, 'ROUTE_UNKNOWN', undefined],
      [405, 'METHOD_NOT_ALLOWED', undefined],
      [501, 'METHOD_UNKNOWN', undefined],
      [400, 'ADDRESS_INVALID', undefined],
      [414, 'ADDRESS_TOO_LONG', undefined],
      [404, 'MESSAGE_UNKNOWN', undefined],
      [415, 'MEDIA_TYPE_UNSUPPORTED', undefined],
      [415, 'ENCODING_UNSUPPORTED', undefined],
      [413, 'BODY_TOO_LARGE', undefined],
      [400, 'FIELD_INVALID', 'limit'],
      [400, 'FIELD_INVALID', 'aftr'],
      [400, 'CURSOR_INVALID', 'after'],
    ]);
    for (const { headers } of answers) expect(headers).toMatchObject(SAFE_HEADERS);
  });

  it.each([
    ['/v1/messages', 'POST'],
    ['/v1/messages/a', 'DELETE, GET, HEAD'],
    ['/v1/received', 'GET, HEAD'],
    ['/v1/received/a/ack', 'POST'],
    ['/openapi.json', 'GET, HEAD'],
  ])('names the methods of %s to any caller that uses another one', async (path, allow) => {
    const { status, headers } = await call(address, path, { method: 'PATCH', key: null, body: 'no JSON' });
    expect([status, headers.allow]).toEqual([405, allow]);
    expect((await call(address, path, { method: 'OPTIONS', key: null })).headers.allow).toBe(allow);
  });

  it('lets no answer be stored or interpreted', async () => {
    const { messageId } = (await post(address, MESSAGE)).body;
    for (const path of [`/v1/messages/${messageId}`, '/v1/received', '/openapi.json', '/nothing', '/%ff'])
      expect((await call(address, path)).headers).toMatchObject(SAFE_HEADERS);
  });

  it('answers bytes that are no HTTP, and headers that are too large', async () => {
    expect(await callRaw(address, 'HELLO\r\n\r\n')).toMatch(/^HTTP\/1.1 400 .*"code":"REQUEST_INVALID"/s);
    const head = `GET /v1/received HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(await callRaw(address, head)).toMatch(/^HTTP\/1.1 431 .*"code":"HEADERS_TOO_LARGE"/s);
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x-${index}`, 'x']));
    expect((await call(address, '/v1/received', { headers: many })).body.error.code).toBe('HEADERS_TOO_LARGE');
    const unknown = await callRaw(address, 'BREW /v1/received HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(unknown).toMatch(/^HTTP\/1.1 501 .*cache-control: no-store\r\n.*"code":"METHOD_UNKNOWN"/s);
  });

  it('shows a message of its application from the ledger, or from its own memory of recent ones', async () => {
    const { messageId } = (await post(address, { ...MESSAGE, context: 'c' })).body;
    const queued = await call(address, `/v1/messages/${messageId}`);
    expect(queued.body).toMatchObject({ messageId, status: 'QUEUED', isFinal: false, context: 'c', finalAt: null });
    const at = Date.UTC(2026, 10, 24);
    world.rows.set(messageId, {
      messageId,
      appId: 'billing',
      status: 'DELIVERED',
      reason: null,
      destAddr: '8613800138000',
      content: 'x',
      priority: 1,
      needReport: true,
      context: null,
      scheduledAt: null,
      expiresAt: Number.POSITIVE_INFINITY,
      createdAt: at,
      handedAt: at,
      submittedAt: at,
      finalAt: at,
      gatewaySubmittedAt: at - 3_600_000,
      gatewayDoneAt: at - 1_800_000,
      gatewayMessage: '000',
      gatewayMsgId: 'g',
      gatewayCode: 'DELIVRD',
      partCount: 2,
      partsDone: 2,
    });
    expect((await call(address, `/v1/messages/${messageId}`)).body).toMatchObject({
      status: 'DELIVERED',
      isFinal: true,
      finalAt: '2026-11-24T00:00:00.000Z',
      expiresAt: null,
      gatewayCode: 'DELIVRD',
      partsDone: 2,
    });
    expect((await call(address, `/v1/messages/${messageId}`, { key: PORTAL.key })).status).toBe(404);
    expect((await call(address, '/v1/messages/unknown')).status).toBe(404);
  });

  it('cancels a queued message, answers 409 when it is too late, and 404 for an unknown one', async () => {
    const remove = async (id: string, key = BILLING.key) => {
      const answer = await call(address, `/v1/messages/${id}`, { method: 'DELETE', key });
      return [answer.status, answer.body.status ?? answer.body.error.code];
    };
    const { messageId } = (await post(address, MESSAGE)).body;
    expect(await remove(messageId, PORTAL.key)).toEqual([404, 'MESSAGE_UNKNOWN']);
    expect(await remove(messageId)).toEqual([200, 'CANCELLED']);
    expect(await remove('unseen')).toEqual([404, 'MESSAGE_UNKNOWN']);
    expect(await remove('unseen?ahead=true')).toEqual([200, 'CANCELLED']);
    expect(await remove('unseen?ahead=maybe')).toEqual([400, 'FIELD_INVALID']);
    world.rows.set('late', { appId: 'billing', status: 'HANDED' } as never);
    expect(await remove('late')).toEqual([409, 'TOO_LATE']);
    expect(await remove('late', PORTAL.key)).toEqual([404, 'MESSAGE_UNKNOWN']);
  });

  it('gives received messages to their application once, and publishes its acknowledgement', async () => {
    const row = (receivedId: string, appId: string, offeredAt: number) => ({
      receivedId,
      appId,
      from: '8613800138000',
      to: '10698001',
      extCode: '01',
      content: '退订',
      attempt: 1,
      processed: false,
      offeredAt,
      receivedAt: offeredAt,
      recordedAt: offeredAt,
    });
    const now = Date.now();
    world.received.push(row('r1', 'billing', 1_000), row('r2', 'portal', 2_000), row('r3', 'billing', now));
    const first = await call(address, '/v1/received?limit=1');
    expect(first.body).toMatchObject({
      messages: [{ receivedId: 'r1', content: '退订', receivedAt: '1970-01-01T00:00:01.000Z', acknowledged: false }],
      more: true,
    });
    const second = await call(address, `/v1/received?after=${first.body.next}`);
    expect(second.body.messages.map(({ receivedId }: { receivedId: string }) => receivedId)).toEqual(['r3']);
    const third = await call(address, `/v1/received?after=${second.body.next}`);
    expect(third.body).toMatchObject({ messages: [], more: false });

    const ack = async (id: string, key = BILLING.key) =>
      (await call(address, `/v1/received/${id}/ack`, { method: 'POST', key })).status;
    expect(await ack('r1')).toBe(202);
    expect(await ack('r2')).toBe(404);
    expect(await ack('nothing')).toBe(404);
    expect(world.acks).toEqual([{ receivedId: 'r1', appId: 'billing', processedAt: expect.any(Number) }]);
  });

  it('describes itself as OpenAPI 3.1, from the schemas of its checks', async () => {
    const { status, body } = await call(address, '/openapi.json', { key: null });
    expect([status, body.openapi]).toEqual([200, '3.1.0']);
    expect(Object.keys(body.paths).sort()).toEqual([
      '/v1/messages',
      '/v1/messages/{id}',
      '/v1/received',
      '/v1/received/{id}/ack',
    ]);
    const text = JSON.stringify(body);
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name!);
    expect(references.length).toBeGreaterThan(10);
    for (const name of references) expect(body.components.schemas).toHaveProperty(name);
    const message = body.components.schemas.Message;
    expect(Object.keys(message.properties).sort()).toEqual(
      ['to', 'content', 'messageId', 'extCode', 'priority', 'needReport', 'scheduledAt', 'expiresAt', 'context'].sort(),
    );
    expect(message.required).toEqual(['to', 'content']);
    expect(message.additionalProperties).toBe(false);
    const responses = Object.keys(body.paths['/v1/messages'].post.responses);
    expect(responses).toEqual([
      '202',
      '207',
      '400',
      '401',
      '403',
      '408',
      '409',
      '413',
      '415',
      '417',
      '429',
      '431',
      '500',
      '503',
    ]);
  });

  it('has no problem after all this', () => {
    expect(server.troubles).toEqual([]);
    expect(server.answers).toContain('POST /v1/messages 202');
  });
});
