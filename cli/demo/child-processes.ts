import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findPackageRoot } from '../../shared/avro/load-schemas';
import { BridgeError } from '../../shared/errors';

/** The root of the package, whether this runs from sources or compiled. */
export const packageRoot = (): string => findPackageRoot(__dirname);

type Watchdog = {
  readonly watch: (child: ChildProcess, signal: string) => void;
  readonly removeLater: (directory: string) => void;
};

/** Ends our processes and removes our directory when this process is killed before it can. */
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
  /** lines of its log so far, as objects */
  readonly log: () => readonly Record<string, unknown>[];
  readonly exited: Promise<number | null>;
  /** SIGTERM; resolves when it is gone. One that does not listen is killed. */
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

/** What each service has complained of last, one line for each that has. */
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
  /** compiled main file, from the root of the package */
  readonly main: string;
  readonly args?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logDirectory: string;
  readonly watchdog: Watchdog;
  /** It ended, and nobody asked it to. */
  readonly onDeath: (error: BridgeError) => void;
};

/** Starts a service as a process of its own, in a session of its own: Ctrl-C is for the demo, which stops the services in order. */
export const startService = (start: ServiceStart): Service => {
  const { name, main, args = [], env, logDirectory, watchdog, onDeath } = start;
  const file = join(logDirectory, `${name}.log`);
  const log = openSync(file, 'w');
  const child = spawn(process.execPath, [join(packageRoot(), main), ...args], {
    stdio: ['ignore', log, log],
    env,
    detached: true,
    cwd: logDirectory,
  });
  closeSync(log);
  watchdog.watch(child, 'TERM');
  let stopping = false;
  const exited = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', (code) => resolve(code));
  });
  void exited.then((code) => {
    if (stopping || code === 0) return;
    const how = child.signalCode === null ? `exit status ${code}` : `killed by ${child.signalCode}`;
    onDeath(
      new BridgeError(
        'SERVICE_DIED',
        `${name} has ended (${how}). The end of its log:\n${lastLines(readLog(file), LINES_SHOWN)}`,
      ),
    );
  });
  return {
    name,
    log: () => readLog(file).split('\n').flatMap(parseLine),
    exited,
    stop: async () => {
      stopping = true;
      child.kill('SIGTERM');
      const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
      await exited;
      clearTimeout(limit);
    },
  };
};
