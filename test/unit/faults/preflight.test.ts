import { BridgeError } from '../../../shared/errors';
import { runPreflight } from '../../../shared/faults/preflight';

/**
 * Runs a preflight whose test rows are refused this many times; the process is asked to stop after
 * `stopAfter` pauses.
 */
const preflight = async (refusals: number, stopAfter = Number.POSITIVE_INFINITY) => {
  const stopping = new AbortController();
  const seen = { pauses: [] as number[], held: [] as (string | undefined)[], told: [] as string[] };
  let left = refusals;
  await runPreflight({
    probe: async () => {
      if (left-- > 0) throw new BridgeError('DB_DATA', 'no such region');
    },
    columnProblems: async () => [],
    tables: 'SM_SEND_T',
    hold: (why) => seen.held.push(why),
    onProblem: (text) => seen.told.push(text),
    signal: stopping.signal,
    pause: async (ms) => {
      seen.pauses.push(ms);
      if (seen.pauses.length === stopAfter) stopping.abort();
    },
  });
  return seen;
};

describe('the preflight', () => {
  it('lets work begin at once when the test rows succeed', async () => {
    expect(await preflight(0)).toEqual({ pauses: [], held: [undefined], told: [] });
  });

  it('holds everything with a reason until they succeed', async () => {
    const { pauses, held, told } = await preflight(7);
    expect(pauses).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    expect(told).toHaveLength(7);
    expect(held.slice(0, -1)).toEqual(told);
    expect(held.at(-1)).toBeUndefined();
    expect(told[0]).toContain('no such region');
  });

  it('ends when it is stopped, and still holds', async () => {
    const { held } = await preflight(9, 2);
    expect(held).toHaveLength(2);
    expect(held).not.toContain(undefined);
  });
});
