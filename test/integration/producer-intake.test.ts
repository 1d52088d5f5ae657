import { INTAKE_STEPS } from '../../services/producer/intake-batch';
import { type BridgeGround, createBridgeGround } from '../support/bridge-world';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';
import { createProducerWorld, insertRows, type ProducerWorld } from './producer-world';

/** Times that no record can hold: beyond the public range, at the limit of each engine. */
const NEVER = { pg: new Date(8_640_000_000_000_000), oracledb: new Date('9999-12-31T23:59:59.999Z') };

onOneEngine('the table intake, with Kafka', (engine) => {
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

  const countOf = async (status: string): Promise<number> => {
    const [row] = await world.database.run<{ n: string }>('SELECT count(*) AS n FROM sm_send_t WHERE status = $1', [
      status,
    ]);
    return Number(row?.n);
  };

  // in the first batch, and after a batch with rows
  it.each(INTAKE_STEPS.flatMap((step) => [`${step}:1`, `${step}:2`]))(
    'loses no row when it is killed at %s, and with the relay each row is handed over once',
    async (step) => {
      const ids = await insertRows(world, 'row', 300);
      const doomed = world.produce({ CRASH_AT: step, INTAKE_BATCH_SIZE: '100' });
      await doomed.exit;
      expect(doomed.child.signalCode).toBe('SIGKILL');
      world.start('exchange-relay');
      await world.produce({ INTAKE_BATCH_SIZE: '100' }).ready();
      await waitUntil(
        async () => `${(await world.handed()).length} handed`,
        async () => (await countOf('HANDED')) === ids.length,
      );
      expect([...(await world.handed())].sort()).toEqual(ids);
      expect(await world.database.run('SELECT DISTINCT source FROM sm_send_t')).toEqual([{ source: 'table' }]);
    },
  );

  it('shares the rows among several instances, and publishes each once', async () => {
    const producers = [1, 2, 3].map(() => world.produce({ INTAKE_BATCH_SIZE: '50' }));
    await Promise.all(producers.map(({ ready }) => ready()));
    const ids = await insertRows(world, 'row', 3_000);
    await waitUntil(
      async () => `${await countOf('QUEUED')} queued`,
      async () => (await countOf('QUEUED')) === ids.length,
    );
    const sent = await world.sent();
    expect(sent.map(({ message }) => message.messageId).sort()).toEqual(ids);
    expect(sent[0]).toMatchObject({ message: { appId: 'billing', content: '停电通知', extCode: null, priority: 1 } });
    expect(sent[0]!.key?.toString()).toMatch(/^861380013\d{4}$/);
    expect(sent[0]!.headers.source?.toString()).toBe('table');
    const shares = producers.map(({ log }) => log.filter(({ msg }) => msg === 'table intake').length);
    expect(shares.filter((batches) => batches > 0).length).toBeGreaterThan(1);
  });

  it('rejects a row that no record can hold with its reason and event, and takes its neighbours', async () => {
    await insertRows(world, 'good', 3);
    await insertRows(world, 'never', 1, { scheduledAt: NEVER[engine] });
    await insertRows(world, 'no-number', 1, { destAddr: 'Frau Müller' });
    await insertRows(world, 'later', 2);
    world.produce();
    world.start('exchange-relay');
    await waitUntil(
      async () => `${await world.handed()}`,
      async () => (await world.handed()).length === 5 && (await world.statusOf('no-number-00000')) === 'REJECTED final',
    );
    expect(await world.statusOf('never-00000')).toBe('REJECTED final');
    const ends = (await world.statuses()).map(({ messageId, reason }) => [messageId, reason]);
    expect(ends.sort()).toEqual([
      ['never-00000', 'SCHEDULE_INVALID'],
      ['no-number-00000', 'RECIPIENT_INVALID'],
    ]);
  });

  it('finds a new row soon after an idle time, and drains in time', async () => {
    const producer = world.produce();
    await producer.ready();
    const times: number[] = [];
    for (const name of ['a', 'b', 'c']) {
      const startedAt = Date.now();
      await insertRows(world, name, 1);
      await waitUntil('it is queued', async () => (await world.statusOf(`${name}-00000`)) === 'QUEUED');
      times.push(Date.now() - startedAt);
    }
    expect(Math.max(...times)).toBeLessThan(2_000);
    const stoppedAt = Date.now();
    expect(await producer.stop()).toBe(0);
    expect(Date.now() - stoppedAt).toBeLessThan(10_000);
  });

  it('gives a queued row a validity, so that it ends when its record is lost', async () => {
    const [id] = await insertRows(world, 'a', 1);
    world.produce();
    await waitUntil('it is queued', async () => (await world.statusOf(id!)) === 'QUEUED');
    const [row] = await world.database.run<{ created_at: Date; expires_at: Date }>(
      'SELECT created_at, expires_at FROM sm_send_t',
    );
    expect(row!.expires_at.getTime() - row!.created_at.getTime()).toBe(24 * 3_600_000);
  });
});
