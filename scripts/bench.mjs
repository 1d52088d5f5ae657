// `npm run bench:<name>`: installs and compiles what is missing, starts a Kafka and a PostgreSQL of its own, and runs test/bench/<name>.ts on them. Plain Node.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildWhenStale, installWhenStale, root } from './prepare.mjs';

const [name, ...args] = process.argv.slice(2);
if (!name) {
  process.stderr.write(
    'usage: node scripts/bench.mjs relay|collector|latency|idle [--messages N] [--rounds N] [--json FILE]\n',
  );
  process.exit(2);
}
if (!(await installWhenStale()) || !(await buildWhenStale())) process.exit(1);

const startServer = async (server) => {
  const child = spawn(process.execPath, [join(root, 'scripts', 'servers', `${server}-server.mjs`)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => process.exit(1)),
  ]);
  return { line, stop: () => child.stdin.end(), exited: once(child, 'exit') };
};
const [postgres, kafka] = await Promise.all([startServer('postgres'), startServer('kafka')]);
const bench = spawn(process.execPath, [join(root, 'dist', 'test', 'bench', `${name}.js`), ...args], {
  stdio: 'inherit',
  env: { ...process.env, TEST_DATABASE_URL: postgres.line, TEST_KAFKA_BROKERS: kafka.line },
});
const [code] = await once(bench, 'exit');
for (const server of [postgres, kafka]) server.stop();
await Promise.all([postgres.exited, kafka.exited]);
process.exit(code ?? 1);
