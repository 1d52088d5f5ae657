import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type ServiceName = 'producer' | 'exchange-relay' | 'report-collector' | 'archiver' | 'gateway-simulator';

export type ServiceProcess = {
  readonly service: ServiceName;
  readonly child: ChildProcess;
  /** The line it logs when it is ready: `healthPort`, `startMs`, and what the service adds (e.g. `httpPort`). Rejects when it exits before. */
  readonly ready: Promise<Readonly<Record<string, unknown>>>;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly lines: () => readonly string[];
  readonly kill: (signal: NodeJS.Signals) => void;
};

const ROOT = join(__dirname, '..', '..');
const KEPT_LINES = 200;

/** Starts one service as ops would: the compiled main.js in a process of its own, configured by its environment alone. */
export const startService = (service: ServiceName, env: NodeJS.ProcessEnv, logFile?: string): ServiceProcess => {
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'services', service, 'main.js')], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, HEALTH_HOST: '127.0.0.1', HEALTH_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' });
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const ready = new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
    const keep = (line: string): void => {
      log?.write(`${line}\n`);
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      if (line.includes('"msg":"ready"')) resolve(JSON.parse(line) as Record<string, unknown>);
    };
    createInterface({ input: child.stdout }).on('line', keep);
    createInterface({ input: child.stderr }).on('line', keep);
    void exited.then(({ code, signal }) =>
      reject(new Error(`${service} exited (${code ?? signal}) before it was ready:\n${lines.slice(-20).join('\n')}`)),
    );
  });
  // a test that kills it on purpose does not wait for ready
  ready.catch(() => undefined);
  return { service, child, ready, exited, lines: () => lines, kill: (signal) => child.kill(signal) };
};
