import {
  type BridgeGround,
  type BridgeWorld,
  createBridgeGround,
  createBridgeWorld,
  manyMessages,
} from '../support/bridge-world';
import { startTaking } from '../support/taking-province';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

onOneEngine('several relays', (engine) => {
  let ground: BridgeGround;
  let world: BridgeWorld;
  let province: ReturnType<typeof startTaking>;
  beforeAll(async () => {
    ground = await createBridgeGround({ engine });
  });
  afterAll(() => ground.close());
  beforeEach(async () => {
    world = await createBridgeWorld({ partitions: 8, ground });
    province = startTaking(world);
  });
  afterEach(async () => {
    await province.stop();
    await world.close();
  });

  const relay = (instance: string, env: Record<string, string> = {}) =>
    world.start('exchange-relay', { INSTANCE_ID: instance, ...env });
  const takenAre = (count: number, timeoutMs?: number) =>
    waitUntil(
      () => `${province.taken.size} of ${count} taken`,
      () => province.taken.size >= count,
      timeoutMs,
    );

  it('lose nothing and send nothing twice while they are two, then four, and one joins and one leaves under load', async () => {
    const [first, second] = [relay('a'), relay('b')];
    await Promise.all([first.ready(), second.ready()]);
    let published = 0;
    const publish = async (count: number) => {
      const messages = manyMessages(`m${published}`, count);
      // every fifth message is published twice
      await world.publish([...messages, ...messages.filter((_, index) => index % 5 === 0)]);
      published += count;
    };
    await publish(3_000);
    const [third, fourth] = [relay('c'), relay('d')];
    await publish(3_000);
    await Promise.all([third.ready(), fourth.ready()]);
    await publish(3_000);
    expect(await first.stop()).toBe(0);
    await publish(3_000);
    await fourth.kill();
    await publish(3_000);
    relay('d');
    await publish(1_000);
    await takenAre(published);
    await province.stop();
    expect(province.taken.size).toBe(published);
    expect(province.duplicates()).toEqual([]);
  });

  it('write nothing twice when one that was frozen during a rebalance thaws', async () => {
    // frozen inside a transaction it holds the locks of its offset rows until the database ends the
    // transaction
    const sessionTimeout = { KAFKA_SESSION_TIMEOUT_MS: '6000', DATABASE_STATEMENT_TIMEOUT_MS: '8000' };
    const frozen = relay('frozen', sessionTimeout);
    await frozen.ready();
    const other = relay('other', sessionTimeout);
    await other.ready();
    await waitUntil('both have partitions', () =>
      [frozen, other].every(({ log }) => log.some(({ partitions }) => (partitions as number[])?.length === 4)),
    );
    // it stops in the middle of its batches
    const publishing = world.publish(manyMessages('m', 6_000));
    await waitUntil('it has begun', () => frozen.log.some(({ msg }) => msg === 'batch'));
    process.kill(frozen.pid, 'SIGSTOP');
    await publishing;
    await waitUntil('the other took its partitions', () =>
      other.log.some(({ partitions }) => (partitions as number[])?.length === 8),
    );
    // Oracle does not end the transaction: there the others wait for the locks until the relay
    // thaws
    if (engine === 'pg') await takenAre(6_000, 60_000);
    process.kill(frozen.pid, 'SIGCONT');
    await takenAre(6_000, 60_000);
    await world.publish(manyMessages('later', 2_000));
    await takenAre(8_000);
    await waitUntil('the thawed one works again', () =>
      frozen.log.some(({ partitions, time }) => (partitions as number[])?.length === 4 && time > Date.now() - 20_000),
    );
    await world.publish(manyMessages('last', 1_000));
    await takenAre(9_000);
    await province.stop();
    expect(province.taken.size).toBe(9_000);
    expect(province.duplicates()).toEqual([]);
  }, 120_000);

  it('replace one that crashed and stays down within the session timeout', async () => {
    const sessionTimeout = { KAFKA_SESSION_TIMEOUT_MS: '6000' };
    const [first, second] = [relay('a', sessionTimeout), relay('b', sessionTimeout)];
    await Promise.all([first.ready(), second.ready()]);
    await world.publish(manyMessages('before', 1_000));
    await takenAre(1_000);
    await second.kill();
    const killedAt = Date.now();
    await world.publish(manyMessages('after', 1_000));
    await takenAre(2_000);
    // the session timeout, the other's next heartbeat, and the time to join
    expect(Date.now() - killedAt).toBeLessThan(6_000 + 3_000);
  });

  it('send nothing again when a new group reads from offset 0 and a second producer publishes the same messages', async () => {
    const messages = manyMessages('m', 2_000);
    const first = relay('a');
    await world.publish(messages);
    await takenAre(2_000);
    await first.stop();
    await world.publish(messages);
    relay('b', { RELAY_GROUP: 'another-group' });
    await world.publish(manyMessages('new', 100));
    await takenAre(2_100);
    await waitUntil('everything was read by the new group', async () => {
      const rows = await world.database.run<{ n: string }>(
        `SELECT sum(next_offset) AS n FROM relay_offset WHERE group_id LIKE '%another-group'`,
      );
      return Number(rows[0]?.n) === 4_100;
    });
    await province.stop();
    expect(province.taken.size).toBe(2_100);
    expect(province.duplicates()).toEqual([]);
  });

  it('do not send a message again that the archiver has moved, neither within its validity nor after it', async () => {
    const first = relay('a');
    await first.ready();
    const messages = manyMessages('m', 500, { expiresAt: Date.now() + 4_000 });
    await world.publish(messages);
    await takenAre(500);
    await first.stop();
    const { run } = world.database;
    // the state after a night: some rows in the history, some purged there too
    await run(`UPDATE sm_send_t SET status = 'DELIVERED', final_at = $1`, [new Date()]);
    await waitUntil('the validity has ended', () => Date.now() > messages[0]!.expiresAt! + 10);
    const night = world.start('archiver', {}, ['--once']);
    expect(await night.exit).toBe(0);
    expect(await run('SELECT message_id FROM sm_send_t')).toEqual([]);
    await run(`DELETE FROM sm_send_t_log WHERE message_id LIKE '%5'`);
    relay('b', { RELAY_GROUP: 'another-group' });
    await world.publish(manyMessages('new', 100));
    await takenAre(600);
    await province.stop();
    expect(province.taken.size).toBe(600);
    expect(province.duplicates()).toEqual([]);
  });
});
