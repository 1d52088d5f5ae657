import { manyMessages } from '../support/bridge-world';
import { useRelayWorld } from '../support/relay-world';
import type { ServiceProcess } from '../support/service-process';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

/**
 * The limit from a start after SIGKILL to the next commit: far below the session timeout of 30 s.
 */
const BACK_WITHIN_MS = 2_000;
/** Less than the timeout of the stale session, also on a busy machine. */
const WAIT_MS = 20_000;
const LEFT = 'removed the stale member of an earlier process';

/**
 * Returns the milliseconds from the restarted process's first request in the group to the last
 * batch of all. Uses the clocks of the processes, because Node starts slowly on a busy machine.
 */
const backAfterMs = (restarted: ServiceProcess, ...others: readonly ServiceProcess[]): number => {
  const left = restarted.log.find(({ msg }) => msg === LEFT)?.time ?? Number.NaN;
  const batches = [restarted, ...others].flatMap(({ log }) => log.filter(({ msg }) => msg === 'batch'));
  return Math.max(...batches.map(({ time }) => time)) - left;
};

onOneEngine('a relay killed with SIGKILL', (engine) => {
  const { world, handed } = useRelayWorld(engine);

  const killAndRestart = async (relay: ServiceProcess, env: Record<string, string> = {}): Promise<ServiceProcess> => {
    await relay.kill();
    return world().start('exchange-relay', env);
  };

  it(`commits its next batch within ${BACK_WITHIN_MS} ms after it is back in its group`, async () => {
    let relay = world().start('exchange-relay');
    await relay.ready();
    await world().publish(manyMessages('before', 500));
    await waitUntil('the first messages', async () => (await handed()) === 500);
    await relay.kill();
    await world().publish(manyMessages('meanwhile', 500));
    relay = world().start('exchange-relay');
    await waitUntil('the others', async () => (await handed()) === 1_000, WAIT_MS);
    expect(backAfterMs(relay)).toBeLessThan(BACK_WITHIN_MS);
  });

  it('is back as quickly when another relay is in the group', async () => {
    const other = world().start('exchange-relay', { INSTANCE_ID: 'relay-b' });
    const relay = world().start('exchange-relay');
    await Promise.all([relay.ready(), other.ready()]);
    await world().publish(manyMessages('before', 500));
    await waitUntil('the first messages', async () => (await handed()) === 500);
    const restarted = await killAndRestart(relay);
    await world().publish(manyMessages('meanwhile', 500));
    await waitUntil('the others', async () => (await handed()) === 1_000, WAIT_MS);
    await restarted.ready();
    expect(backAfterMs(restarted, other)).toBeLessThan(BACK_WITHIN_MS);
  });

  it('reports that another process uses its INSTANCE_ID, and both continue', async () => {
    const first = world().start('exchange-relay');
    await first.ready();
    const second = world().start('exchange-relay');
    await second.ready();
    await waitUntil(
      () => `one of them says it; they say: ${JSON.stringify([first, second].map(({ log }) => log.slice(-8)))}`,
      () =>
        [first, second].some(({ log }) =>
          log.some(({ msg }) => String(msg).startsWith('another process runs with this INSTANCE_ID')),
        ),
    );
    await world().publish(manyMessages('both', 500));
    await waitUntil('all messages', async () => (await handed()) === 500);
    expect([first.exited(), second.exited()]).toEqual([false, false]);
  });

  it('leaves with exit code 0 within 10 s when it is stopped in the middle of its work', async () => {
    const relay = world().start('exchange-relay');
    await relay.ready();
    await world().publish(manyMessages('m', 5_000));
    await waitUntil('some messages', async () => (await handed()) > 0);
    const askedAt = Date.now();
    expect(await relay.stop()).toBe(0);
    expect(Date.now() - askedAt).toBeLessThan(10_000);
    world().start('exchange-relay');
    await waitUntil('all of them', async () => (await handed()) === 5_000);
  });
});
