import type { InboundTableName } from '../../../services/report-collector/collect-batch';
import { createCachedPeek } from '../../../services/report-collector/sql/cached-peek';

describe('looking for rows', () => {
  const createWorld = () => {
    const world = { now: 1_000, looks: 0, found: [] as InboundTableName[], away: false };
    const peek = createCachedPeek(
      async () => {
        world.looks += 1;
        if (world.away) throw new Error('away');
        return new Set(world.found);
      },
      50,
      () => world.now,
    );
    return { world, peek };
  };

  it('is done once for all callers at that time', async () => {
    const { world, peek } = createWorld();
    world.found = ['report'];
    expect(await Promise.all((['resp', 'report', 'recv', 'wait'] as const).map(peek))).toEqual([
      false,
      true,
      false,
      false,
    ]);
    world.now += 49;
    expect(await peek('resp')).toBe(false);
    expect(world.looks).toBe(1);
    world.found = ['resp'];
    world.now += 1;
    expect(await peek('resp')).toBe(true);
    expect(world.looks).toBe(2);
  });

  it('reports once that there is a row, which may be gone then', async () => {
    const { world, peek } = createWorld();
    world.found = ['recv'];
    expect([await peek('recv'), await peek('recv')]).toEqual([true, false]);
  });

  it('is tried again at once when it failed', async () => {
    const { world, peek } = createWorld();
    world.away = true;
    await expect(Promise.all([peek('resp'), peek('recv')])).rejects.toThrow('away');
    world.away = false;
    world.found = ['resp'];
    expect(await peek('resp')).toBe(true);
  });
});
