import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AS_DEPLOYED, benchArguments, median, reportBench } from './bench-report';
import type { Measured } from './oracle-client-load';

const BATCH = 1_000;
/**
 * The most round trips of a batch, its commit included. At 0.5 ms a round trip they decide how long
 * a batch waits.
 */
const MOST_ROUND_TRIPS = 7;

const measure = async (batches: number): Promise<readonly Measured[]> => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(__dirname, 'oracle-client-load.js'), String(batches)],
    { env: { ...process.env, ...AS_DEPLOYED, TZ: 'UTC' } },
  );
  return JSON.parse(stdout) as Measured[];
};

/** Returns the median over the rounds for each name. */
const summarise = (rounds: readonly (readonly Measured[])[]) =>
  (rounds[0] ?? []).map(({ name, columns, calls }, at) => {
    const of = (field: (one: Measured) => number): number =>
      median(rounds.map((round) => field(round[at] as Measured)));
    const rate = of((one) => one.rate);
    if (columns === undefined) return { name, calls, rate };
    return {
      name,
      calls,
      columns,
      rate,
      bare: of((one) => one.bare ?? 0),
      ratio: of((one) => one.rate / (one.bare ?? 0)),
    };
  });

/**
 * Measures the processor time of our adapters on Oracle without an Oracle: the unmodified driver
 * talks to a server that accepts everything at once, in a process of its own. Fails when a batch
 * takes more round trips than allowed.
 */
const main = async (): Promise<void> => {
  const { messages, rounds, json } = benchArguments({ messages: 100_000, rounds: 3 });
  const measured: (readonly Measured[])[] = [];
  for (let round = 0; round < rounds; round += 1) {
    measured.push(await measure(Math.ceil(messages / BATCH)));
    process.stdout.write(`round ${round + 1} of ${rounds}: ${measured.at(-1)?.[0]?.rate} rows/s/core\n`);
  }
  const found = summarise(measured);
  const [first] = found;
  reportBench('oracle-client', {
    head: ['batches of 1000 rows', 'columns', 'rows/s/core', 'driver alone', 'ratio', 'round trips'],
    rows: found.map(({ name, columns, rate, bare, ratio, calls }) => [
      name,
      columns ?? '',
      Math.round(rate),
      bare === undefined ? '' : Math.round(bare),
      ratio?.toFixed(2) ?? '',
      columns === undefined ? calls.length : calls.filter((call) => call !== 'commit').length,
    ]),
    result: {
      ratio: first?.ratio?.toFixed(2) ?? '',
      rate: `${Math.round(first?.rate ?? 0)}/s`,
      baseline: `${Math.round(first?.bare ?? 0)}/s`,
    },
    json,
    details: { messages, found, rounds: measured },
  });
  const tooMany = found.filter(({ calls }) => calls.length > MOST_ROUND_TRIPS);
  for (const { name, calls } of tooMany)
    process.stderr.write(`${name}: ${calls.length} round trips, more than ${MOST_ROUND_TRIPS}: ${calls.join(', ')}\n`);
  if (tooMany.length > 0) process.exitCode = 1;
};

void main();
