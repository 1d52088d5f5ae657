// `npm run servers`: runs Kafka and PostgreSQL for development, with topics, tables and an
// application, until Ctrl-C. Prints their addresses, and writes them to .dev.env for `npm run dev`
// and .vscode/launch.json.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildWhenStale, installWhenStale, root } from './prepare.mjs';

if (!(await installWhenStale()) || !(await buildWhenStale())) process.exit(1);
const file = join(root, '.dev.env');

/**
 * Starts a server that ends with this process: when its standard input closes. It ignores Ctrl-C.
 */
const startServer = (name) => {
  const child = spawn(process.execPath, [join(root, 'scripts', 'servers', `${name}-server.mjs`)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = once(child, 'exit');
  const line = Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([address]) => address),
    exited.then(() => undefined),
  ]);
  return { line, exited, stop: () => child.stdin.end() };
};

const servers = [startServer('postgres'), startServer('kafka')];
let stopping = false;
const stop = async (code) => {
  if (stopping) return;
  stopping = true;
  rmSync(file, { force: true });
  for (const server of servers) server.stop();
  await Promise.all(servers.map(({ exited }) => exited));
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop(0));
for (const { exited } of servers) void exited.then(() => stop(1));

const [url, brokers] = await Promise.all(servers.map(({ line }) => line));
if (url === undefined || brokers === undefined) await stop(1);
const env = { KAFKA_BROKERS: brokers, DATABASE_URL: url };

const bridge = async (...args) => {
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...args], {
    env: { ...process.env, ...env, TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) await stop(1);
  return stdout;
};
await bridge('migrate');
await bridge('topics', 'create');
const app = JSON.parse(await bridge('app', 'add', 'billing', '--ext-code', '01', '--json'));
const lines = Object.entries({ ...env, BRIDGE: 'http://127.0.0.1:8080', KEY: app.key }).map(
  ([name, value]) => `${name}=${value}`,
);
writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
process.stdout.write(`Until Ctrl-C there are a PostgreSQL and a Kafka, with tables, topics and the application "billing":

${lines.map((line) => `  export ${line}`).join('\n')}

  npm run dev producer      and exchange-relay, report-collector, archiver, gateway-simulator, each in a terminal of its own
  npm run --silent sms-bridge -- tail status --from-beginning
`);
