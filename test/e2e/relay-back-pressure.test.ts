import { type BridgeWorld, createBridgeWorld, manyMessages } from '../support/bridge-world';
import { startTaking } from '../support/taking-province';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

const MESSAGES = 5_000;
const HIGH = 500;

onOneEngine('a province that takes nothing', (engine) => {
  let world: BridgeWorld;
  beforeEach(async () => {
    world = await createBridgeWorld({ engine });
  });
  afterEach(() => world.close());

  it('makes the relay rest at the high-water mark, stay in its group, and continue at the low-water mark', async () => {
    const relay = world.start('exchange-relay', {
      RELAY_BATCH_SIZE: '100',
      RELAY_BUFFER_HIGH: '300',
      RELAY_BUFFER_LOW: '100',
      EXCHANGE_HIGH_ROWS: String(HIGH),
      EXCHANGE_LOW_ROWS: '200',
      EXCHANGE_CHECK_MS: '50',
      KAFKA_SESSION_TIMEOUT_MS: '6000',
    });
    const port = await relay.ready();
    await world.publish(manyMessages('m', MESSAGES));
    await waitUntil('it rests', () => relay.log.some(({ msg }) => msg.startsWith('the exchange table is full')));
    const depth = async () => {
      const rows = await world.database.run<{ n: string }>('SELECT count(*) AS n FROM client_sms_send');
      return Number(rows[0]?.n);
    };
    const health = await fetch(`http://127.0.0.1:${port}/health/ready`);
    expect(health.status).toBe(503);
    expect(await health.text()).toContain('high-water mark');
    // batches in flight are committed; then nothing moves for longer than the session timeout
    const resting = await waitUntil('two equal depths in a row', async () => {
      const first = await depth();
      await new Promise((resolve) => setTimeout(resolve, 300));
      return first === (await depth()) && first;
    });
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    expect(await depth()).toBe(resting);
    expect(resting).toBeGreaterThan(HIGH);
    expect(resting).toBeLessThan(MESSAGES);
    const province = startTaking(world);
    await waitUntil(
      () => `${province.taken.size} taken`,
      () => province.taken.size === MESSAGES,
    );
    await province.stop();
    expect(province.duplicates()).toEqual([]);
    expect(relay.log.filter(({ msg }) => msg === 'joined the group')).toHaveLength(1);
  });
});
