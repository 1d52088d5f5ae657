import { countJournal, countWaitingAnswers } from '../../services/gateway-simulator/sql/read-journal';
import { forEngine, type PerEngine } from '../../shared/database/database';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';
import { type HandedRow, openSimulatorWorld, type SimulatorWorld, TROUBLESOME } from './simulator-world';

/** Rows of a batch; the other counts follow from it. The stand-in runs an array row by row. */
const BATCH: PerEngine<number> = { pg: 50, oracledb: 15 };

onOneEngine('the simulator as a process', (engine) => {
  const batch = forEngine(engine, BATCH);
  let world: SimulatorWorld;
  beforeEach(async () => {
    world = await openSimulatorWorld(engine);
  });
  afterEach(() => world.close());

  it('takes each row and writes every reply once, with three instances', async () => {
    const env = { ...TROUBLESOME, SIMULATOR_BATCH_SIZE: String(2 * batch) };
    const started = [world.start(env), world.start(env), world.start(env)];
    await Promise.all(started.map((simulator) => simulator.ready()));
    const total = 60 * batch;
    const rows = await world.handOver('m', total);
    await waitUntil('all rows are answered', () => world.allAnswered(total));
    expect(await countJournal(world.province.db)).toEqual({ total, distinct: total, duplicated: 0 });
    expect(await world.answers()).toEqual(await world.expectedAnswers(rows, env));
    const instances = await world.province.run('SELECT DISTINCT instance_id FROM gateway_journal');
    expect(instances.length).toBeGreaterThan(1);
    expect(await Promise.all(started.map((simulator) => simulator.stop()))).toEqual([0, 0, 0]);
  });

  it('keeps an exact journal and writes every reply once when it is killed at every step and at any moment', async () => {
    const env = { ...TROUBLESOME, SIMULATOR_BATCH_SIZE: String(batch) };
    const rows: HandedRow[] = [];
    let kills = 0;
    // in one statement: the server may still commit the work of a killed process
    const journalAndRest = () =>
      world.count(
        `(SELECT msg_id FROM gateway_journal UNION ALL SELECT msg_id FROM ${world.mapping.tables.send}) every_row`,
      );
    for (const step of ['after-take', 'before-commit', 'after-commit', 'after-move']) {
      rows.push(...(await world.handOver(step, 8 * batch)));
      const simulator = world.start({ ...env, CRASH_AT: `simulator.${step}:2` });
      expect(await simulator.exit).toBeNull();
      kills += 1;
      expect(await journalAndRest()).toBe(rows.length);
    }
    for (let round = 0; round < 5; round += 1) {
      rows.push(...(await world.handOver(`round-${round}`, 12 * batch)));
      const before = (await countJournal(world.province.db)).total;
      const simulator = world.start(env);
      // at another moment each time: after this many more rows than before
      await waitUntil(
        'some rows are taken',
        async () => (await countJournal(world.province.db)).total > before + 2 * round * batch,
      );
      await simulator.kill();
      kills += 1;
      expect(await journalAndRest()).toBe(rows.length);
    }
    expect(kills).toBe(9);
    const last = world.start(env);
    await waitUntil('all rows are answered', () => world.allAnswered(rows.length));
    expect(await last.stop()).toBe(0);
    expect(await countJournal(world.province.db)).toEqual({
      total: rows.length,
      distinct: rows.length,
      duplicated: 0,
    });
    expect(await world.remaining()).toBe(0);
    expect(await world.answers()).toEqual(await world.expectedAnswers(rows, env));
  });

  it('leaves with exit code 0 when it is stopped, and the next one writes the replies that were not due', async () => {
    await world.handOver('m', 20);
    const slow = { SIMULATOR_SUBMIT_MS: '3600000', SIMULATOR_POLL_MS: '5' };
    const first = world.start(slow);
    await waitUntil('all rows are taken', async () => (await world.remaining()) === 0);
    const asked = Date.now();
    expect(await first.stop()).toBe(0);
    expect(Date.now() - asked).toBeLessThan(10_000);
    expect(await countWaitingAnswers(world.province.db)).toBeGreaterThanOrEqual(20);
    expect(await world.answers()).toEqual([]);
    await world.province.run('UPDATE gateway_answer SET due_at = $1', [new Date(0)]);
    world.start(slow);
    await waitUntil('all answers are given', () => world.allAnswered(20));
    expect((await world.answers()).length).toBeGreaterThanOrEqual(20);
  });
});
