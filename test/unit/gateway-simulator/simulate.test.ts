import { type SimulateOptions, type SimulatePorts, simulate } from '../../../services/gateway-simulator/simulate-loop';

const OPTIONS: SimulateOptions = {
  batchSize: 10,
  workers: 1,
  answerWorkers: 1,
  takePerSecond: 0,
  inboundPerSecond: 0,
  poll: { minMs: 10, maxMs: 80 },
  retry: { minMs: 100, maxMs: 400 },
};
const NONE = { resp: 0, report: 0, recv: 0 };

/** A province whose clock moves only while its loops pause. */
const world = (
  waiting: number,
  options: Partial<SimulateOptions>,
  untilMs: number,
  change: Partial<SimulatePorts> = {},
) => {
  let now = 0;
  const stopping = new AbortController();
  let left = waiting;
  const pauses: number[] = [];
  const taken: { at: number; rows: number }[] = [];
  const inbound: number[] = [];
  const troubles: string[] = [];
  const simulation = simulate(
    {
      nextRows: async (limit) => Array.from({ length: Math.min(limit, left) }, (_, i) => String(i)),
      takeBatch: async (seqIds) => {
        left -= seqIds.length;
        taken.push({ at: now, rows: seqIds.length });
        return { taken: seqIds.length, given: NONE };
      },
      moveDueAnswers: async () => NONE,
      insertInbound: async (from, count) => {
        for (let i = 0; i < count; i += 1) inbound.push(from + i);
        return { ...NONE, recv: count };
      },
      pause: async (ms) => {
        pauses.push(ms);
        now += ms;
        if (now >= untilMs) stopping.abort();
      },
      signal: stopping.signal,
      now: () => now,
      onTaken: () => undefined,
      onGiven: () => undefined,
      onProblem: (what) => troubles.push(what),
      crashPoint: () => undefined,
      ...change,
    },
    { ...OPTIONS, ...options },
  );
  return { simulation, pauses, taken, inbound, troubles, left: () => left };
};

describe('the simulated province', () => {
  it('takes full batches without a pause, and polls less and less often without rows', async () => {
    const { simulation, taken, pauses } = world(25, { answerWorkers: 0 }, 200);
    await simulation.ended();
    expect(taken.map(({ rows }) => rows)).toEqual([10, 10, 5]);
    expect(pauses).toEqual([10, 20, 40, 80, 80]);
  });

  it('takes at most its configured rate, with any number of workers', async () => {
    const { simulation, taken } = world(10_000, { answerWorkers: 0, workers: 3, takePerSecond: 100 }, 5_000);
    await simulation.ended();
    const total = taken.reduce((sum, { rows }) => sum + rows, 0);
    expect(total).toBeLessThanOrEqual(500);
    expect(total).toBeGreaterThan(450);
    for (const { at } of taken) {
      const within = taken.filter((other) => other.at >= at && other.at < at + 1000);
      // one second's rows, and those that gathered in the fifth of a second before it
      expect(within.reduce((sum, { rows }) => sum + rows, 0)).toBeLessThanOrEqual(120);
    }
  });

  it('writes the configured number of inbound messages a second, each number once', async () => {
    const { simulation, inbound } = world(0, { answerWorkers: 0, workers: 0, inboundPerSecond: 7 }, 10_000);
    await simulation.ended();
    expect(inbound).toEqual(Array.from({ length: inbound.length }, (_, i) => i));
    expect(inbound.length).toBeGreaterThanOrEqual(65);
    expect(inbound.length).toBeLessThanOrEqual(70);
  });

  it('continues after an error, reports it, and forgets it when all is well', async () => {
    let failures = 3;
    const seen: (string | undefined)[] = [];
    const { simulation, pauses, troubles, left } = world(5, { answerWorkers: 0 }, 900, {
      onTaken: () => seen.push(simulation.problem()),
      nextRows: async () => {
        if (failures > 0) {
          failures -= 1;
          throw new Error('the database is down');
        }
        seen.push(simulation.problem());
        return left() > 0 ? ['1'] : [];
      },
    });
    await simulation.ended();
    expect(troubles).toEqual(['taking rows', 'taking rows', 'taking rows']);
    expect(pauses.slice(0, 3)).toEqual([100, 200, 400]);
    expect(seen[0]).toBe('taking rows: the database is down');
    expect(left()).toBe(0);
    expect(simulation.problem()).toBeUndefined();
  });
});
