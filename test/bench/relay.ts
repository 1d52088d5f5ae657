import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BridgeWorld, createBridgeWorld, manyMessages } from '../support/bridge-world';
import { waitUntil } from '../support/wait-until';
import { AS_DEPLOYED, benchArguments, median, reportBench } from './bench-report';

const SLOTS = 2;
const BATCH = 1_000;

const emptyTables = async ({ database }: BridgeWorld): Promise<void> => {
  await database.db.query('TRUNCATE sm_send_t, client_sms_send, relay_offset');
  await database.db.query('CHECKPOINT');
};

/** Returns the milliseconds that the statement alone takes, fed from memory. */
const measureBaseline = async (world: BridgeWorld, messages: number): Promise<number> => {
  await emptyTables(world);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(__dirname, 'relay-baseline.js'), world.database.url, String(messages), String(BATCH), String(SLOTS)],
    { env: { ...process.env, ...AS_DEPLOYED } },
  );
  return Number(stdout);
};

/**
 * Returns the milliseconds from the start of the relay's first batch to the commit of its last,
 * from its log. Each measurement has a new process and a new group.
 */
const measureRelay = async (world: BridgeWorld, messages: number, round: number): Promise<number> => {
  await emptyTables(world);
  const relay = world.start('exchange-relay', {
    INSTANCE_ID: `bench-${round}`,
    RELAY_GROUP: `bench-${round}`,
    RELAY_SLOTS: String(SLOTS),
    RELAY_BATCH_SIZE: String(BATCH),
    // no province takes rows here: counting all of them each second would distort the result, and
    // counting up to the mark is the usual cost
    EXCHANGE_HIGH_ROWS: '100000000',
    EXCHANGE_CHECK_MS: '10000',
    ...AS_DEPLOYED,
  });
  const batches = () => relay.log.filter(({ msg }) => msg === 'batch');
  const handed = () => batches().reduce((sum, line) => sum + (line.handed as number), 0);
  await waitUntil(
    () => `${handed()} of ${messages}; the relay logs: ${JSON.stringify(relay.log.slice(-3))}`,
    () => handed() >= messages,
    60_000,
  );
  await relay.stop();
  const lines = batches();
  const first = Math.min(...lines.map(({ time, ms }) => time - (ms as number)));
  const last = Math.max(...lines.map(({ time }) => time));
  return last - first;
};

const main = async (): Promise<void> => {
  const { messages, rounds, json } = benchArguments({ messages: 300_000, rounds: 3 });
  const world = await createBridgeWorld({ partitions: 6 });
  for (let at = 0; at < messages; at += 5_000) {
    await world.publish(manyMessages(`b${at}`, Math.min(5_000, messages - at)));
  }
  const rate = (ms: number): number => Math.round(messages / (ms / 1000));
  const runs: { readonly baseline: number; readonly relay: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const baseline = rate(await measureBaseline(world, messages));
    const relay = rate(await measureRelay(world, messages, round));
    runs.push({ baseline, relay });
    process.stdout.write(`round ${round + 1} of ${rounds}: baseline ${baseline}/s, relay ${relay}/s\n`);
  }
  await world.close();
  reportBench('relay', {
    head: ['round', 'statement alone, messages/s', 'relay, messages/s', 'ratio'],
    rows: runs.map((run, index) => [index + 1, run.baseline, run.relay, (run.relay / run.baseline).toFixed(2)]),
    result: {
      ratio: median(runs.map((run) => run.relay / run.baseline)).toFixed(2),
      rate: `${median(runs.map((run) => run.relay))}/s`,
      baseline: `${median(runs.map((run) => run.baseline))}/s`,
    },
    json,
    details: { messages, runs },
  });
};

void main();
