// Runs `npm run bench:<name>`: installs and compiles what is missing, starts a Kafka and a
// PostgreSQL unless the bench needs neither, and runs test/bench/<name>.ts. Plain Node.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildWhenStale, installWhenStale, root } from './prepare.mjs';

const [name, ...args] = process.argv.slice(2);
if (!name) {
  process.stderr.write(
    'usage: node scripts/bench.mjs relay|collector|latency|idle|oracle-client [--messages N] [--rounds N] [--json FILE] [--shared]\n',
  );
  process.exit(2);
}
if (!(await installWhenStale()) || !(await buildWhenStale())) process.exit(1);

/**
 * Gives the database a processor of its own and the rest the others. On shared processors a client
 * would also be measured by the time that it takes from its database. Both sides of a ratio run
 * like this. Linux only; `--shared` leaves it to the scheduler.
 */
const apart = !args.includes('--shared') && cpus().length > 1 && spawnSync('taskset', ['-V']).status === 0;
const lastCpu = cpus().length - 1;
const pinned = (processors, command) => (apart ? ['taskset', '-c', processors, ...command] : command);

const startServer = async (server, processors) => {
  const [command, ...rest] = pinned(processors, [
    process.execPath,
    join(root, 'scripts', 'servers', `${server}-server.mjs`),
  ]);
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => process.exit(1)),
  ]);
  return { line, stop: () => child.stdin.end(), exited: once(child, 'exit') };
};
/** Measures only the processor time of the client, with a server of its own. */
const alone = name === 'oracle-client';
const [postgres, kafka] = alone
  ? []
  : await Promise.all([startServer('postgres', '0'), startServer('kafka', `1-${lastCpu}`)]);
if (!alone) process.stdout.write(apart ? 'the database has a processor of its own\n' : 'all share the processors\n');
const [program, ...rest] = pinned(alone ? `0-${lastCpu}` : `1-${lastCpu}`, [
  process.execPath,
  join(root, 'dist', 'test', 'bench', `${name}.js`),
  ...args.filter((argument) => argument !== '--shared'),
]);
const bench = spawn(program, rest, {
  stdio: 'inherit',
  env: alone ? process.env : { ...process.env, TEST_DATABASE_URL: postgres.line, TEST_KAFKA_BROKERS: kafka.line },
});
const [code] = await once(bench, 'exit');
for (const server of [postgres, kafka]) server?.stop();
await Promise.all([postgres?.exited, kafka?.exited]);
process.exit(code ?? 1);
