import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { collectBatch } from '../../../services/report-collector/collect-batch';
import { createCollectLoop, type LoopOptions } from '../../../services/report-collector/collect-loop';
import { BridgeError } from '../../../shared/errors';
import { tries } from '../../support/tries';
import { createCollectWorld } from './collect-world';

const OPTIONS: LoopOptions = {
  batchSize: 4,
  slots: 2,
  idle: { minMs: 5, maxMs: 100 },
  retry: { minMs: 100, maxMs: 1_000 },
};

/** Runs the loop in its world until there are no rows and `pauses` pauses have passed. */
const createLoop = (world: ReturnType<typeof createCollectWorld>, options = OPTIONS) => {
  const stopping = new AbortController();
  const pauses: number[] = [];
  const seen = { inFlight: 0, most: 0, peeks: 0, trouble: [] as string[], batches: [] as number[] };
  let onPause: (ms: number) => void = () => undefined;
  const loop = createCollectLoop(
    {
      collect: async (selection, how) => {
        seen.inFlight += 1;
        seen.most = Math.max(seen.most, seen.inFlight);
        try {
          return await collectBatch(world.source, selection, world.ports, how);
        } finally {
          seen.inFlight -= 1;
        }
      },
      peek: async () => {
        seen.peeks += 1;
        if (world.away.database) throw new BridgeError('DB_UNAVAILABLE', 'the database is down', { retryable: true });
        return world.rows.size > 0;
      },
      isPoison: (error) => error instanceof BridgeError && error.code === 'DB_DATA',
      blame: async () => 'unsure',
      judge: async () => 'value',
      describe: async (error) => (error as Error).message,
      pause: async (ms) => {
        pauses.push(ms);
        onPause(ms);
        await nextTurn();
      },
      signal: stopping.signal,
      now: () => 0,
      onCollected: ({ rows }) => seen.batches.push(rows),
      onProblem: (what) => seen.trouble.push(what),
    },
    options,
  );
  return {
    loop,
    pauses,
    seen,
    stop: () => stopping.abort(),
    onPause: (react: (ms: number) => void) => {
      onPause = react;
    },
  };
};

describe('the loop of one source', () => {
  it('does not pause while batches are full, with two in flight', async () => {
    const world = createCollectWorld();
    for (let no = 0; no < 18; no += 1) world.add(String(no));
    const { loop, pauses, seen, stop, onPause } = createLoop(world);
    onPause(() => {
      expect(world.rows.size).toBe(0);
      stop();
    });
    await loop.run();
    expect(pauses).toEqual([5]);
    expect(seen.batches.reduce((sum, rows) => sum + rows, 0)).toBe(18);
    expect(seen.most).toBe(2);
    expect(new Set(world.published).size).toBe(18);
    expect(world.published).toHaveLength(18);
  });

  it('lets rows gather after a small batch, and polls at growing intervals without rows, without a transaction', async () => {
    const world = createCollectWorld();
    world.add('1');
    const { loop, pauses, stop, onPause, seen } = createLoop(world);
    let claims = 0;
    onPause(() => {
      if (pauses.length === 2) claims = world.claims();
      if (pauses.length === 8) {
        expect(world.claims()).toBe(claims);
        world.add('2');
      }
      if (pauses.length > 8 && world.rows.size === 0) stop();
    });
    await loop.run();
    expect(pauses).toEqual([5, 10, 20, 40, 80, 100, 100, 100, 5]);
    expect(seen.batches).toEqual([1, 1]);
  });

  it.each(['database', 'kafka'] as const)(
    'retries at growing intervals while the %s is down, and loses nothing',
    async (part) => {
      const world = createCollectWorld();
      for (let no = 0; no < 9; no += 1) world.add(String(no));
      world.away[part] = true;
      const { loop, pauses, stop, onPause } = createLoop(world);
      const troubles: (string | undefined)[] = [];
      onPause(() => {
        troubles.push(loop.problem());
        if (pauses.length === 6) world.away[part] = false;
        if (world.rows.size === 0) stop();
      });
      await loop.run();
      expect(pauses.slice(0, 6).at(-1)).toBe(1_000);
      expect(troubles[5]).toMatch(/is down/);
      expect(loop.problem()).toBeUndefined();
      expect(new Set(world.published).size).toBe(9);
      expect(world.settled).toHaveLength(9);
    },
  );

  it('pauses at growing intervals while the poll succeeds and the claim fails', async () => {
    const world = createCollectWorld();
    world.add('1');
    const { loop, pauses, stop, onPause } = createLoop(world);
    const claim = async () => {
      throw new BridgeError('DB_SERIALIZATION', 'the claim fails', { retryable: true });
    };
    Object.assign(world.ports, { inTransaction: claim });
    onPause(() => {
      if (pauses.length === 7) stop();
    });
    await loop.run();
    expect(pauses).toEqual([100, 200, 400, 800, 1_000, 1_000, 1_000]);
  });

  it('waits for all batches in flight before it pauses, when one of them fails', async () => {
    const world = createCollectWorld();
    for (let no = 0; no < 8; no += 1) world.add(String(no));
    const { loop, seen, stop, onPause } = createLoop(world);
    const { inTransaction } = world.ports;
    let transactions = 0;
    const inFlightAtPause: number[] = [];
    const failFirst: typeof inTransaction = (work) => {
      transactions += 1;
      if (transactions > 1) return inTransaction(work);
      return inTransaction(async (tx) => {
        await work(tx);
        throw new BridgeError('DB_DEADLOCK', 'the first one fails after its claim', { retryable: true });
      });
    };
    Object.assign(world.ports, { inTransaction: failFirst });
    onPause(() => {
      inFlightAtPause.push(seen.inFlight);
      if (world.rows.size === 0) stop();
    });
    await loop.run();
    expect(inFlightAtPause.every((count) => count === 0)).toBe(true);
    expect(seen.trouble).toEqual(['collecting failed and is tried again']);
    expect(new Set(world.settled).size).toBe(8);
  });

  it('finishes the batches in flight when it is stopped', async () => {
    const world = createCollectWorld();
    for (let no = 0; no < 40; no += 1) world.add(String(no));
    const { loop, stop, seen } = createLoop(world);
    const running = loop.run();
    while (seen.batches.length === 0) await nextTurn();
    stop();
    await running;
    expect(world.rows.size).toBeGreaterThan(0);
    expect(world.rows.size + world.settled.length).toBe(40);
  });

  it('sets aside the rows that cannot be settled, at every position, and no others', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('ok', 'ok', 'poison'), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 9 }),
        async (texts, batchSize) => {
          const world = createCollectWorld();
          texts.forEach((text, no) => {
            world.add(String(no), text);
          });
          const { loop, stop, onPause } = createLoop(world, { ...OPTIONS, batchSize });
          onPause(() => {
            if (world.rows.size === 0) stop();
          });
          await loop.run();
          const bad = texts.flatMap((text, no) => (text === 'poison' ? [String(no)] : []));
          expect(world.letters.map(({ id }) => id).sort()).toEqual(bad.sort());
          const good = texts.flatMap((text, no) => (text === 'ok' ? [world.idOf(String(no))] : []));
          expect([...world.settled].sort()).toEqual(good.sort());
        },
      ),
      { numRuns: tries(100) },
    );
  });
});
