import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { OracleUser } from './backend/open-server-world';
import type { Fault } from './faults';
import type { RoundTrip } from './open-oracle-server';
import type { PlainOptions, ServerAnswer, ServerCommand } from './run-oracle-server';
import type { StatementRecord } from './session/session-state';

export type SpawnedOracleServer = {
  readonly connectString: string;
  readonly statements: () => Promise<readonly StatementRecord[]>;
  readonly roundTrips: () => Promise<readonly RoundTrip[]>;
  readonly clearLog: () => Promise<void>;
  readonly inject: (fault: Fault) => Promise<void>;
  readonly clearFaults: () => Promise<void>;
  readonly thaw: () => Promise<void>;
  readonly sessions: () => Promise<number>;
  readonly stopListener: (options?: { readonly sessions?: boolean }) => Promise<void>;
  readonly startListener: () => Promise<void>;
  /** Sends SIGKILL: sessions end as in a machine failure, and uncommitted work is undone. */
  readonly kill: () => Promise<void>;
  /** After a kill, starts again with the same database and address. Loses faults and log. */
  readonly restart: () => Promise<void>;
  /** Exit status; null when killed. */
  readonly exited: Promise<number | null>;
  readonly close: () => Promise<void>;
};

/** Returns the path of the compiled script, from the sources as well as from `dist`. */
const script = (): string => {
  const beside = join(__dirname, 'run-oracle-server.js');
  return existsSync(beside) ? beside : join(__dirname, '..', 'dist', 'oracle-stand-in', 'run-oracle-server.js');
};

type SpawnOptions = {
  readonly postgresUrl: string;
  readonly users: Readonly<Record<string, string | OracleUser>>;
  readonly port?: number;
  /** Answers statements before the grammar has checked them. */
  readonly hasty?: boolean;
  readonly options?: PlainOptions;
};

/** Starts one process of the server. */
const spawnOnce = async ({ postgresUrl, users, port = 0, hasty = false, options = {} }: SpawnOptions) => {
  const child = spawn(
    process.execPath,
    [
      script(),
      ...['--postgres', postgresUrl, '--users', JSON.stringify(users), '--port', String(port)],
      ...['--options', JSON.stringify(options)],
      ...(hasty ? ['--hasty'] : []),
    ],
    // A process group of its own: Ctrl-C must reach only the parent, which may need the server for
    // its last statements.
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, TZ: 'UTC' }, detached: true },
  );
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const waiting = new Map<number, (answer: ServerAnswer) => void>();
  let next = 0;
  const lines = createInterface({ input: child.stdout });
  const connectString = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the Oracle stand-in did not start (exit code ${code})`)));
  });
  lines.on('line', (line) => {
    const answer = JSON.parse(line) as ServerAnswer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  const send = async <T>(command: ServerCommand['command'], argument?: unknown): Promise<T> => {
    next += 1;
    const id = next;
    const answered = new Promise<ServerAnswer>((resolve) => waiting.set(id, resolve));
    child.stdin.write(`${JSON.stringify({ id, command, argument })}\n`);
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(error);
    return result as T;
  };
  return { child, exited, connectString, send };
};

/**
 * Starts the stand-in as a process of its own, for services that run as processes too. It ends with
 * the process that started it.
 */
export const spawnOracleServer = async (options: SpawnOptions): Promise<SpawnedOracleServer> => {
  let running = await spawnOnce(options);
  const { connectString } = running;
  const port = Number(/:(\d+)\//.exec(connectString)?.[1]);
  return {
    connectString,
    statements: () => running.send('statements'),
    roundTrips: () => running.send('roundTrips'),
    clearLog: () => running.send('clearLog'),
    inject: (fault) => running.send('inject', fault),
    clearFaults: () => running.send('clearFaults'),
    thaw: () => running.send('thaw'),
    sessions: () => running.send('sessions'),
    stopListener: (stop) => running.send('stopListener', stop),
    startListener: () => running.send('startListener'),
    kill: async () => {
      running.child.kill('SIGKILL');
      await running.exited;
    },
    restart: async () => {
      running = await spawnOnce({ ...options, port });
    },
    get exited() {
      return running.exited;
    },
    close: async () => {
      running.child.stdin.end();
      await running.exited;
    },
  };
};
