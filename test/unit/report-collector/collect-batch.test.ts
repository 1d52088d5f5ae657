import fc from 'fast-check';
import { COLLECT_STEPS, collectBatch } from '../../../services/report-collector/collect-batch';
import { tries } from '../../support/tries';
import { createCollectWorld } from './collect-world';

const STEPS = COLLECT_STEPS.filter((step) => step.startsWith('collector.recv.'));

describe('collecting one batch', () => {
  it('names its steps for each of the four tables', () => {
    expect(COLLECT_STEPS).toHaveLength(20);
    expect(STEPS).toEqual(
      ['claim', 'plan', 'publish', 'settle', 'commit'].map((step) => `collector.recv.after-${step}`),
    );
  });

  it('runs every step in order, and none without rows', async () => {
    const passed: string[] = [];
    const world = createCollectWorld({ crash: (step) => passed.push(step) });
    expect(await collectBatch(world.source, { limit: 10 }, world.ports)).toEqual({ rows: 0, outcomes: {} });
    expect(passed).toEqual([]);
    world.add('1');
    expect(await collectBatch(world.source, { limit: 10 }, world.ports)).toEqual({
      rows: 1,
      outcomes: { received: 1 },
    });
    expect(passed).toEqual(STEPS);
  });

  it('deletes no row that Kafka has not acknowledged', async () => {
    const world = createCollectWorld();
    world.add('1');
    world.away.kafka = true;
    await expect(collectBatch(world.source, { limit: 10 }, world.ports)).rejects.toThrow('Kafka is down');
    expect([...world.rows.keys()]).toEqual(['1']);
    expect(world.settled).toEqual([]);
  });

  it('sets rows aside with their reason', async () => {
    const world = createCollectWorld();
    world.add('1', 'poison');
    world.add('2');
    const poison = { reason: 'DB_DATA', message: 'no' };
    expect(await collectBatch(world.source, { ids: ['1'] }, world.ports, { poison })).toMatchObject({
      rows: 1,
      outcomes: { set_aside: 1 },
    });
    expect(world.letters).toEqual([{ id: '1', reason: 'DB_DATA' }]);
    expect([...world.rows.keys()]).toEqual(['2']);
  });

  it('publishes every row and settles it once when it is killed between any two steps, any number of times; a repeat has its id', async () => {
    const kills = fc.array(fc.constantFrom(...STEPS), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 4 }),
        kills,
        async (count, limit, planned) => {
          const pending = [...planned];
          const world = createCollectWorld({
            crash: (step) => {
              if (step !== pending[0]) return;
              pending.shift();
              throw new Error('killed');
            },
          });
          const ids = Array.from({ length: count }, (_, no) => String(no));
          for (const id of ids) world.add(id);
          while (world.rows.size > 0) await collectBatch(world.source, { limit }, world.ports).catch(() => undefined);
          const expected = ids.map(world.idOf);
          expect([...world.settled].sort()).toEqual([...expected].sort());
          expect([...new Set(world.published)].sort()).toEqual([...expected].sort());
        },
      ),
      { numRuns: tries(300) },
    );
  });
});
