import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findPackageRoot } from '../../shared/avro/load-schemas';
import { BridgeError } from '../../shared/errors';

/** Returns the root directory of the package, whether this code runs from source or compiled. */
export const packageRoot = (): string => findPackageRoot(__dirname);

type Watchdog = {
  readonly watch: (child: ChildProcess, signal: string) => void;
  readonly removeLater: (directory: string) => void;
};

/**
 * Opens a watchdog process. It stops the child processes and removes the directory of this process
 * when this process is killed before it can do so itself.
 */
export const openWatchdog = async (): Promise<Watchdog> => {
  const url = pathToFileURL(join(packageRoot(), 'scripts', 'servers', 'watchdog.mjs')).href;
  const { openWatchdog: open } = (await import(url)) as { openWatchdog: () => Watchdog };
  return open();
};

export const lastLines = (text: string, count: number): string => text.trimEnd().split('\n').slice(-count).join('\n');

const readLog = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

export type Service = {
  readonly name: string;
  /** the lines of its log so far, parsed */
  readonly log: () => readonly Record<string, unknown>[];
  /** Resolves when the process has ended and is not started again. */
  readonly ended: Promise<void>;
  readonly pid: () => number | undefined;
  /** Sends SIGKILL; resolves when the process has exited. */
  readonly kill: () => Promise<void>;
  /** Sends SIGTERM, after 12 s SIGKILL; resolves when the process has exited. */
  readonly stop: () => Promise<void>;
};

const parseLine = (line: string): Record<string, unknown>[] => {
  try {
    return [JSON.parse(line) as Record<string, unknown>];
  } catch {
    return [];
  }
};

const WARN = 40;

/** Returns the last warning or error of each service, one line for each service that has one. */
export const complaintsOf = (services: readonly Service[]): readonly string[] =>
  services.flatMap(({ name, log }) => {
    const last = log().findLast(({ level }) => Number(level) >= WARN);
    return last === undefined
      ? []
      : [`${name}: ${last.msg}${last.err === undefined ? '' : `: ${JSON.stringify(last.err)}`}`];
  });

const STOP_LIMIT_MS = 12_000;
const LINES_SHOWN = 12;

export type ServiceStart = {
  readonly name: string;
  /** compiled main file, relative to the root of the package */
  readonly main: string;
  readonly args?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logDirectory: string;
  readonly watchdog: Watchdog;
  /** called when the process ends with a failure of its own */
  readonly onDeath: (error: BridgeError) => void;
  /**
   * Called when the process was killed or stopped from outside, with how. Returns the environment
   * to start it with again, or undefined if it has done its work.
   */
  readonly onKilled: (service: Service, how: string) => NodeJS.ProcessEnv | undefined;
};

/** Spawns the process in a session of its own: Ctrl-C then reaches only the demo. */
const spawnService = (
  { main, args = [], logDirectory, watchdog }: ServiceStart,
  env: NodeJS.ProcessEnv,
  log: number,
) => {
  const child = spawn(process.execPath, [join(packageRoot(), main), ...args], {
    stdio: ['ignore', log, log],
    env,
    detached: true,
    cwd: logDirectory,
  });
  watchdog.watch(child, 'TERM');
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => resolve()).once('exit', () => resolve());
  });
  return { child, exited };
};

/**
 * Starts a service as a child process, and starts it again when it is killed. The log goes to
 * `<name>.log` in `logDirectory`.
 */
export const startService = (start: ServiceStart): Service => {
  const { name, logDirectory, onDeath, onKilled } = start;
  const file = join(logDirectory, `${name}.log`);
  const log = openSync(file, 'w');
  let run = spawnService(start, start.env, log);
  let stopping = false;

  const follow = async (): Promise<void> => {
    for (;;) {
      await run.exited;
      const { exitCode, signalCode } = run.child;
      if (stopping) return;
      if (signalCode === null && exitCode !== 0) {
        const end = lastLines(readLog(file), LINES_SHOWN);
        return onDeath(
          new BridgeError('SERVICE_DIED', `${name} has ended (exit status ${exitCode}). The end of its log:\n${end}`),
        );
      }
      const env = onKilled(service, signalCode ?? 'stopped');
      if (env === undefined) return;
      run = spawnService(start, env, log);
    }
  };
  const service: Service = {
    name,
    log: () => readLog(file).split('\n').flatMap(parseLine),
    ended: Promise.resolve()
      .then(follow)
      .finally(() => closeSync(log)),
    pid: () => run.child.pid,
    kill: async () => {
      const { child, exited } = run;
      child.kill('SIGKILL');
      await exited;
    },
    stop: async () => {
      stopping = true;
      run.child.kill('SIGTERM');
      const limit = setTimeout(() => run.child.kill('SIGKILL'), STOP_LIMIT_MS);
      await service.ended;
      clearTimeout(limit);
    },
  };
  return service;
};
