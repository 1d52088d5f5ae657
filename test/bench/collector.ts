import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BridgeWorld, createBridgeWorld } from '../support/bridge-world';
import { waitUntil } from '../support/wait-until';
import { AS_DEPLOYED, benchArguments, median, reportBench } from './bench-report';
import { fillExchangeTables } from './collector-world';

const SLOTS = 2;
const BATCH = 1_000;
const TABLES = 3;

const measureBaseline = async (world: BridgeWorld, messages: number): Promise<number> => {
  await fillExchangeTables(world, messages);
  const arguments_ = [world.database.url, world.prefix, String(BATCH), String(SLOTS)];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(__dirname, 'collector-baseline.js'), ...arguments_],
    { env: { ...process.env, ...AS_DEPLOYED } },
  );
  return Number(stdout);
};

/**
 * Returns the milliseconds from the start of the first batch to the commit of the last, from the
 * collector's log.
 */
const measureCollector = async (world: BridgeWorld, messages: number): Promise<number> => {
  await fillExchangeTables(world, messages);
  const collector = world.start('report-collector', {
    COLLECTOR_SLOTS: String(SLOTS),
    COLLECTOR_BATCH_SIZE: String(BATCH),
    ...AS_DEPLOYED,
  });
  const batches = () => collector.log.filter(({ msg, rows }) => msg === 'batch' && typeof rows === 'number');
  const done = () => batches().reduce((sum, line) => sum + (line.rows as number), 0);
  await waitUntil(
    () => `${done()} of ${TABLES * messages}; the collector logs: ${JSON.stringify(collector.log.slice(-3))}`,
    () => done() >= TABLES * messages,
    120_000,
  );
  await collector.stop();
  const lines = batches();
  return Math.max(...lines.map(({ time }) => time)) - Math.min(...lines.map(({ time, ms }) => time - (ms as number)));
};

const main = async (): Promise<void> => {
  const { messages, rounds, json } = benchArguments({ messages: 20_000, rounds: 3 });
  const world = await createBridgeWorld({ partitions: 6 });
  const rows = TABLES * messages;
  const rate = (ms: number): number => Math.round(rows / (ms / 1000));
  const runs: { readonly baseline: number; readonly collector: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const baseline = rate(await measureBaseline(world, messages));
    const collector = rate(await measureCollector(world, messages));
    runs.push({ baseline, collector });
    process.stdout.write(`round ${round + 1} of ${rounds}: baseline ${baseline}/s, collector ${collector}/s\n`);
  }
  await world.close();
  reportBench('collector', {
    head: ['round', 'bare loop, rows/s', 'collector, rows/s', 'ratio'],
    rows: runs.map((run, index) => [index + 1, run.baseline, run.collector, (run.collector / run.baseline).toFixed(2)]),
    result: {
      ratio: median(runs.map((run) => run.collector / run.baseline)).toFixed(2),
      rate: `${median(runs.map((run) => run.collector))}/s`,
      baseline: `${median(runs.map((run) => run.baseline))}/s`,
    },
    json,
    details: { messages, rows, runs },
  });
};

void main();
