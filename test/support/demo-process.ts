import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Kafka, logLevel } from 'kafkajs';
import { findPackageRoot } from '../../shared/avro/load-schemas';
import type { TestDatabase } from './test-database';

export const ROOT = findPackageRoot(__dirname);
const BROKERS = process.env.TEST_KAFKA_BROKERS as string;

/** The demo as a user starts it, on the Kafka of the tests. */
export type Demo = {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly errors: string[];
  readonly ended: Promise<number>;
};

/** Starts the demo with servers of its own. */
export const startAlone = (...args: string[]): Demo => startWith(process.execPath, ROOT, ...args);

/** @param root a clone, or the files of a package */
export const startIn = (root: string, ...args: string[]): Demo =>
  startWith(process.execPath, root, '--kafka', BROKERS, ...args);

/** @param node the program that runs it */
export const startWith = (node: string, root: string, ...args: string[]): Demo => {
  const child = spawn(node, [join(root, 'dist', 'cli', 'main.js'), 'demo', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // the demo must cope with any TZ on Oracle
    env: { ...process.env, TZ: 'Asia/Shanghai' },
  });
  const ended = once(child, 'close').then(([code]) => code as number);
  const demo: Demo = { child, lines: [], errors: [], ended };
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => demo.lines.push(line));
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => demo.errors.push(line));
  return demo;
};

/** Starts a demo with few messages. */
export const start = (...args: string[]): Demo => startIn(ROOT, '--messages', '120', ...args);

export const until = async <T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> => {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

/** Throws when the demo has ended, so that no test waits in vain. */
export const mustRun = ({ child, lines, errors }: Demo): void => {
  if (child.exitCode !== null) throw new Error(`the demo has ended: ${[...lines, ...errors].join('\n')}`);
};

/** Returns the match of a line that the demo printed. */
export const find = (demo: Demo, pattern: RegExp): string | undefined => {
  mustRun(demo);
  return demo.lines.map((line) => pattern.exec(line)?.[1]).find((match) => match !== undefined);
};

/** Parses the last line. */
export const toNumbers = (line: string): Record<string, number> =>
  Object.fromEntries(
    line
      .split(' ')
      .map((field) => field.split('='))
      .map(([name, count]) => [name, Number(count)]),
  );

export const topicsOf = async (prefix: string): Promise<string[]> => {
  const admin = new Kafka({ brokers: BROKERS.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const topics = await admin.listTopics();
  await admin.disconnect();
  return topics.filter((topic) => topic.startsWith(prefix));
};

/** Returns the processes below a process, children of children included. */
export const familyOf = async (pid: number): Promise<readonly { readonly pid: number; readonly args: string }[]> => {
  const all: { pid: number; parent: number; args: string }[] = [];
  for await (const line of createInterface({ input: spawn('ps', ['-eo', 'pid=,ppid=,args=']).stdout })) {
    const [own, parent, ...args] = line.trim().split(/\s+/);
    all.push({ pid: Number(own), parent: Number(parent), args: args.join(' ') });
  }
  const below = (of: number): typeof all =>
    all.filter(({ parent }) => parent === of).flatMap((child) => [child, ...below(child.pid)]);
  return below(pid);
};

export const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Returns the administrator's URL of a test's stand-in. */
export const dbaOf = ({ url }: TestDatabase): string => url.replace('YJSMS', 'DBADMIN');
