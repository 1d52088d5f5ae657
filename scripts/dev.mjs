// `npm run dev <service> [argument …]`: runs one service from its sources, and restarts it at every
// change. It reads the environment, and .dev.env while `npm run servers` runs.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildWhenStale, installWhenStale, root } from './prepare.mjs';

const services = readdirSync(join(root, 'services'));
const [service, ...args] = process.argv.slice(2);
if (!services.includes(service)) {
  process.stderr.write(`usage: npm run dev ${services.join('|')}\n`);
  process.exit(2);
}
if (!(await installWhenStale()) || !(await buildWhenStale())) process.exit(1);

const file = join(root, '.dev.env');
const fromFile = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
const defaults = {
  TZ: 'UTC',
  INSTANCE_ID: `dev-${service}`,
  HTTP_HOST: '127.0.0.1',
  HEALTH_HOST: '127.0.0.1',
  // several services run beside each other
  HEALTH_PORT: String(9464 + services.indexOf(service)),
  ...Object.fromEntries(fromFile.map((line) => line.split(/=(.*)/, 2))),
};
const env = { ...defaults, ...process.env };

const compiler = spawn(
  process.execPath,
  [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', root, '--watch', '--preserveWatchOutput'],
  // a group of its own, because it starts a process that outlives it
  { stdio: 'inherit', detached: true },
);
const stopCompiler = () => {
  if (compiler.exitCode === null && compiler.signalCode === null) process.kill(-compiler.pid);
};
const main = join(root, 'dist', 'services', service, 'main.js');
const program = spawn(process.execPath, ['--watch', '--watch-preserve-output', main, ...args], {
  stdio: 'inherit',
  env,
});
program.once('exit', (code) => {
  stopCompiler();
  process.exitCode = code ?? 0;
});
compiler.once('exit', () => program.kill());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => program.kill());
