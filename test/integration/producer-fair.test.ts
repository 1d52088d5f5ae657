import { Agent, request as httpRequest } from 'node:http';
import { type BridgeGround, createBridgeGround } from '../support/bridge-world';
import { type Answer, call, post } from '../support/http-call';
import { onOneEngine } from '../support/test-engines';
import { createProducerWorld, KEYS, type ProducerWorld } from './producer-world';

const MESSAGE = { to: '13800138000', content: '停电通知' };
const BATCH = JSON.stringify({ messages: Array.from({ length: 1000 }, () => MESSAGE) });
const FLOOD_CONNECTIONS = 60;
const NEIGHBOURS = 60;

onOneEngine('the producer when one application floods it', (engine) => {
  let ground: BridgeGround;
  let world: ProducerWorld;
  beforeAll(async () => {
    ground = await createBridgeGround({ engine });
  });
  afterAll(() => ground.close());
  beforeEach(async () => {
    world = await createProducerWorld(ground);
  });
  afterEach(() => world.close());

  /** Sends the body on many connections, each again at once; counts the answers. */
  const flood = (address: string, body: string, connections: number) => {
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    const answers: Answer[] = [];
    let going = true;
    const send = () =>
      call(address, '/v1/messages', { method: 'POST', key: KEYS.billing, body }, ((
        url: URL,
        options: object,
        done: () => void,
      ) => httpRequest(url, { ...options, agent }, done)) as typeof httpRequest);
    const workers = Array.from({ length: connections }, async () => {
      while (going) answers.push(await send());
    });
    return {
      answers,
      stop: async () => {
        going = false;
        await Promise.all(workers);
        agent.destroy();
      },
    };
  };

  /** Sends single messages of the neighbour one after the other; returns status and duration. */
  const neighbour = async (address: string) => {
    const seen: { status: number; ms: number }[] = [];
    for (let index = 0; index < NEIGHBOURS; index += 1) {
      const begun = performance.now();
      const { status } = await post(address, KEYS.portal, MESSAGE);
      seen.push({ status, ms: performance.now() - begun });
    }
    const sorted = seen.map(({ ms }) => ms).sort((a, b) => a - b);
    return {
      statuses: [...new Set(seen.map(({ status }) => status))],
      median: sorted[Math.floor(sorted.length / 2)]!,
      p99: sorted[Math.floor(sorted.length * 0.99)]!,
    };
  };

  it('answers the neighbour of 60 connections that send batches of 1000', async () => {
    const address = await world.addressOf(world.produce({ INTAKE_ENABLED: 'false' }));
    const attack = flood(address, BATCH, FLOOD_CONNECTIONS);
    const { statuses, p99, median } = await neighbour(address);
    await attack.stop();
    const counts: Record<string, number> = {};
    for (const { status, body } of attack.answers) {
      const what = `${status} ${body.error?.code ?? ''} ${body.error?.limit ?? ''}`;
      counts[what] = (counts[what] ?? 0) + 1;
    }
    console.error(JSON.stringify({ statuses, median, p99, counts }));
    expect(statuses).toEqual([202]);
    expect(p99).toBeLessThan(1_000);
  }, 120_000);

  it('answers the neighbour of 20 connections that send 4 MB of brackets', async () => {
    const address = await world.addressOf(world.produce({ INTAKE_ENABLED: 'false' }));
    const attack = flood(address, '['.repeat(4_000_000), 20);
    const { statuses, p99, median } = await neighbour(address);
    await attack.stop();
    console.error(
      JSON.stringify({
        statuses,
        median,
        p99,
        n: attack.answers.length,
        last: attack.answers.at(-1)?.status,
        e: attack.answers.at(-1)?.body,
      }),
    );
    expect(statuses).toEqual([202]);
    expect(p99).toBeLessThan(1_000);
  }, 120_000);
});
