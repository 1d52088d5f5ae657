import { Agent, request as httpRequest } from 'node:http';
import { type BridgeGround, createBridgeGround } from '../support/bridge-world';
import { call, post } from '../support/http-call';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';
import { createProducerWorld, KEYS, type ProducerWorld } from './producer-world';

const MESSAGE = { to: '13800138000', content: '停电通知' };
const BATCH = JSON.stringify({ messages: Array.from({ length: 1000 }, () => MESSAGE) });

/** Sends the body on many connections, each again at once, until stopped. Counts the answers. */
const flood = (address: string, body: string, connections: number) => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const request = ((url: URL, options: object, done: () => void) =>
    httpRequest(url, { ...options, agent }, done)) as typeof httpRequest;
  const answers = new Map<string, number>();
  let going = true;
  const workers = Array.from({ length: connections }, async () => {
    while (going) {
      const answer = await call(address, '/v1/messages', { method: 'POST', key: KEYS.billing, body }, request);
      const { code = '', limit = '' } = answer.body.error ?? {};
      const kind = [answer.status, code, limit, answer.headers['retry-after']].filter(Boolean).join(' ');
      answers.set(kind, (answers.get(kind) ?? 0) + 1);
    }
  });
  return async () => {
    going = false;
    await Promise.all(workers);
    agent.destroy();
    return answers;
  };
};

/**
 * Sends single messages of the neighbour. Returns the statuses, and the longest time of 95 %: the
 * others may wait for the suites that run beside this one.
 */
const neighbour = async (address: string, messages: number) => {
  const statuses = new Set<number>();
  const times: number[] = [];
  const sender = async () => {
    for (let sent = 0; sent < messages / 4; sent += 1) {
      const begun = performance.now();
      statuses.add((await post(address, KEYS.portal, MESSAGE)).status);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all([sender(), sender(), sender(), sender()]);
  times.sort((a, b) => a - b);
  return { statuses: [...statuses], p95: times[Math.ceil(times.length * 0.95) - 1] };
};

onOneEngine('the producer while one application floods it', (engine) => {
  let ground: BridgeGround;
  let world: ProducerWorld;
  let address: string;
  beforeAll(async () => {
    ground = await createBridgeGround({ engine });
  });
  afterAll(() => ground.close());
  beforeEach(async () => {
    world = await createProducerWorld(ground);
    address = await world.addressOf(world.produce({ INTAKE_ENABLED: 'false' }));
  });
  afterEach(() => world.close());

  it('answers its neighbours within a second: 60 connections send batches of 1000', async () => {
    const stop = flood(address, BATCH, 60);
    const seen = await neighbour(address, 200);
    const answers = await stop();
    expect(seen).toEqual({ statuses: [202], p95: expect.any(Number) });
    expect(seen.p95).toBeLessThan(1_000);
    expect([...answers.keys()].filter((kind) => !/^(202|429 RATE_LIMITED (messages|pending) \d)/.test(kind))).toEqual(
      [],
    );
    expect(answers.get('202')).toBeGreaterThan(5);
  }, 120_000);

  it('answers its neighbours within a second: 5 connections send 4 MB of brackets', async () => {
    const stop = flood(address, '['.repeat(4_000_000), 5);
    const seen = await neighbour(address, 200);
    const answers = await stop();
    expect(seen).toEqual({ statuses: [202], p95: expect.any(Number) });
    expect(seen.p95).toBeLessThan(1_000);
    expect(
      [...answers.keys()].filter((kind) => !/^(400 BODY_TOO_COMPLEX|429 RATE_LIMITED bytes 1)/.test(kind)),
    ).toEqual([]);
  }, 120_000);

  it('takes the limits of an application from its account, within seconds', async () => {
    await world.database.run(`UPDATE login_user SET rate_messages = 2 WHERE app_id = 'billing'`);
    const refused = async () => {
      const { status, body } = await post(address, KEYS.billing, { messages: [MESSAGE, MESSAGE, MESSAGE] });
      return status === 429 && body.error;
    };
    expect(await waitUntil('it is limited', refused)).toMatchObject({ code: 'RATE_LIMITED', limit: 'messages' });
    expect((await post(address, KEYS.portal, { messages: [MESSAGE, MESSAGE, MESSAGE] })).status).toBe(202);
  });
});
