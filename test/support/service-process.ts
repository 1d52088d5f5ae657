import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findPackageRoot } from '../../shared/avro/load-schemas';
import { waitUntil } from './wait-until';

/** The same in compiled code. */
const ROOT = findPackageRoot(__dirname);

/** The services of the bridge, without the simulated province. */
export const SERVICES = ['producer', 'exchange-relay', 'report-collector', 'archiver'] as const;
export type Service = (typeof SERVICES)[number];

export type ServiceName = Service | 'gateway-simulator';
/** The command that runs a program; it becomes that process itself (`exec`). */
export type Runner = readonly [string, ...string[]];
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string; readonly time: number };

export type ServiceProcess = {
  readonly child: ChildProcess;
  readonly pid: number;
  /** The lines logged so far. */
  readonly log: readonly LogLine[];
  /** Resolves with the port of health and metrics when the service is ready. */
  readonly ready: (timeoutMs?: number) => Promise<number>;
  readonly exited: () => boolean;
  /** Resolves with the exit code; null after a signal. */
  readonly exit: Promise<number | null>;
  /** Sends SIGKILL, and waits until the process is gone. */
  readonly kill: () => Promise<void>;
  /** Sends SIGTERM; resolves with the exit code. */
  readonly stop: () => Promise<number | null>;
};

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** Tells whether a line has this level or a higher one. */
export const isAtLeast = (least: 'warn' | 'error' | 'fatal', { level }: LogLine): boolean =>
  LEVELS.indexOf(String(level)) >= LEVELS.indexOf(least);

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

const toLine = (text: string): LogLine => {
  try {
    const line = JSON.parse(text) as Omit<LogLine, 'time'> & { readonly time: string };
    return { ...line, time: Date.parse(line.time) } as LogLine;
  } catch {
    return { msg: text, time: Date.now() };
  }
};

/**
 * Starts the compiled service as in production: a process with an environment. Its health port is a
 * free one.
 */
export const startService = (
  name: ServiceName,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  runner: Runner = [process.execPath],
): ServiceProcess => {
  const child = spawn(runner[0], [...runner.slice(1), join(ROOT, 'dist', 'services', name, 'main.js'), ...args], {
    env: { PATH: process.env.PATH, HEALTH_PORT: '0', HEALTH_HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const log: LogLine[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => void log.push(toLine(line)));
  }
  const exit = once(child, 'exit').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  const exited = () => child.exitCode !== null || child.signalCode !== null;
  return {
    child,
    pid: child.pid as number,
    log,
    exited,
    exit,
    ready: async (timeoutMs = 60_000) => {
      const line = await waitUntil(
        () => `${name} is ready; its last lines: ${JSON.stringify(log.slice(-5))}`,
        () => {
          if (exited()) throw new Error(`${name} ended: ${JSON.stringify(log.slice(-5))}`);
          return log.find(({ msg }) => msg === 'ready');
        },
        timeoutMs,
      );
      return line.healthPort as number;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exit;
    },
    stop: async () => {
      child.kill('SIGTERM');
      return exit;
    },
  };
};
