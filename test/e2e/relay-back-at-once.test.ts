import {
  type BridgeGround,
  type BridgeWorld,
  createBridgeGround,
  createBridgeWorld,
  manyMessages,
} from '../support/bridge-world';
import type { ServiceProcess } from '../support/service-process';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

/** Killed by SIGKILL and started again: how long until it commits? Issue: at most 2 s, with no session timeout under 30 s. */
const BACK_WITHIN_MS = 2_000;

onOneEngine('a relay killed with SIGKILL', (engine) => {
  let ground: BridgeGround;
  let world: BridgeWorld;
  beforeAll(async () => {
    ground = await createBridgeGround({ engine });
  });
  afterAll(() => ground.close());
  beforeEach(async () => {
    world = await createBridgeWorld({ ground });
  });
  afterEach(() => world.close());

  const handed = async (): Promise<number> => {
    const rows = await world.database.run<{ n: string }>('SELECT count(*) AS n FROM client_sms_send');
    return Number(rows[0]?.n);
  };
  const killAndRestart = async (relay: ServiceProcess, env: Record<string, string> = {}): Promise<ServiceProcess> => {
    await relay.kill();
    return world.start('exchange-relay', env);
  };

  it(`commits its next batch within ${BACK_WITHIN_MS} ms after it is started again`, async () => {
    let relay = world.start('exchange-relay');
    await relay.ready();
    await world.publish(manyMessages('before', 500));
    await waitUntil('the first messages', async () => (await handed()) === 500);
    await relay.kill();
    await world.publish(manyMessages('meanwhile', 500));
    const startedAt = Date.now();
    relay = world.start('exchange-relay');
    await waitUntil('the others', async () => (await handed()) === 1_000, BACK_WITHIN_MS);
    expect(Date.now() - startedAt).toBeLessThan(BACK_WITHIN_MS);
    expect(relay.log.some(({ msg }) => msg === 'left the group in the name of the former process')).toBe(true);
  });

  it('is back as quickly beside another one', async () => {
    const other = world.start('exchange-relay', { INSTANCE_ID: 'relay-b' });
    const relay = world.start('exchange-relay');
    await Promise.all([relay.ready(), other.ready()]);
    await world.publish(manyMessages('before', 500));
    await waitUntil('the first messages', async () => (await handed()) === 500);
    const restarted = await killAndRestart(relay);
    const startedAt = Date.now();
    await world.publish(manyMessages('meanwhile', 500));
    await waitUntil('the others', async () => (await handed()) === 1_000, BACK_WITHIN_MS + 1_000);
    expect(Date.now() - startedAt).toBeLessThan(BACK_WITHIN_MS);
    await restarted.ready();
  });

  it('says so when another process uses its INSTANCE_ID, and both go on', async () => {
    const first = world.start('exchange-relay');
    await first.ready();
    const second = world.start('exchange-relay');
    await second.ready();
    await waitUntil(
      () => `one of them says it; they say: ${JSON.stringify([first, second].map(({ log }) => log.slice(-8)))}`,
      () =>
        [first, second].some(({ log }) =>
          log.some(({ msg }) => String(msg).startsWith('another process runs with this INSTANCE_ID')),
        ),
    );
    await world.publish(manyMessages('both', 500));
    await waitUntil('all messages', async () => (await handed()) === 500);
    expect([first.exited(), second.exited()]).toEqual([false, false]);
  });

  it('leaves with exit code 0 within 10 s when it is asked to, in the middle of its work', async () => {
    const relay = world.start('exchange-relay');
    await relay.ready();
    await world.publish(manyMessages('m', 5_000));
    await waitUntil('some messages', async () => (await handed()) > 0);
    const askedAt = Date.now();
    expect(await relay.stop()).toBe(0);
    expect(Date.now() - askedAt).toBeLessThan(10_000);
    world.start('exchange-relay');
    await waitUntil('all of them', async () => (await handed()) === 5_000);
  });
});
