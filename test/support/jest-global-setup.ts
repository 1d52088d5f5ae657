import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The part of jest's global configuration that is read here. */
type Selection = { readonly testPathPatterns: { readonly patterns: readonly string[] } };

export type WithServers = typeof globalThis & { testServers?: readonly ChildProcess[] };

const scripts = join(__dirname, '..', '..', 'scripts');

/**
 * Starts a server; returns its process and the line that it prints when it is ready. It ends when
 * its standard input closes.
 */
const startServer = (
  name: string,
  ...options: readonly string[]
): { readonly child: ChildProcess; readonly line: Promise<string> } => {
  const child = spawn(process.execPath, [join(scripts, 'servers', `${name}-server.mjs`), ...options], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const line = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`${name} for the tests did not start (exit code ${code})`)));
  });
  return { child, line };
};

const isUnitTest = (path: string): boolean => /(^|\/)test\/unit(\/|$)/.test(path);

/**
 * Compiles files newer than `dist`, for tests that start services as processes, and starts one
 * PostgreSQL and one Kafka for the whole run. A run of unit tests alone needs neither.
 */
export default async ({ testPathPatterns }: Selection): Promise<void> => {
  const { patterns } = testPathPatterns;
  if (patterns.length > 0 && patterns.every(isUnitTest)) return;
  const postgres = startServer('postgres', '--no-flush');
  const kafka = startServer('kafka');
  (globalThis as WithServers).testServers = [postgres.child, kafka.child];
  // the compiler reports its own errors; tests that do not need the build still run
  const build = once(spawn(process.execPath, [join(scripts, 'build.mjs')], { stdio: 'inherit' }), 'exit');
  const [url, brokers] = await Promise.all([postgres.line, kafka.line, build]);
  process.env.TEST_DATABASE_URL = url;
  process.env.TEST_KAFKA_BROKERS = brokers;
};
