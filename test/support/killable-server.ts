import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findPackageRoot } from '../../shared/avro/load-schemas';

export type KillableServer = {
  /** Resolves with the line that it prints: its address, the same after every start. */
  readonly start: () => Promise<string>;
  /** SIGKILL to the server: nothing is flushed, and its clients are not told. */
  readonly kill: () => Promise<void>;
  /** SIGSTOP: it keeps its connections, and answers nothing. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Stops in order: SIGTERM, or the server's equivalent. */
  readonly stop: () => Promise<void>;
};

/** Returns parent and state of a process; undefined when it is gone. */
const statOf = (pid: string): { readonly parent: number; readonly stat: string } | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return { parent: Number(stat.split(') ').at(-1)?.split(' ')[1]), stat };
  } catch {
    return undefined;
  }
};

/**
 * Creates a server of one test that can be killed, and returns at the same address with the same
 * data.
 */
export const createKillableServer = (
  name: 'postgres' | 'kafka',
  directory: string,
  options: { readonly port?: string; readonly more?: readonly string[] } = {},
): KillableServer => {
  const script = join(findPackageRoot(__dirname), 'scripts', 'servers', `${name}-server.mjs`);
  let child: ChildProcess | undefined;
  let { port } = options;
  const start = async (): Promise<string> => {
    const place = ['--directory', directory, ...(port === undefined ? [] : ['--port', port])];
    for (let attempt = 1; ; attempt += 1) {
      const started = spawn(process.execPath, [script, ...place, ...(options.more ?? [])], {
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      child = started;
      const line = await Promise.race([
        once(createInterface({ input: started.stdout }), 'line').then(([text]) => text as string),
        once(started, 'exit').then(() => undefined),
      ]);
      // the killed server may still be ending
      if (line === undefined && attempt < 5) continue;
      if (line === undefined) throw new Error(`${name} does not start`);
      port = /:(\d+)(\/|$)/.exec(line)?.[1] as string;
      return line;
    }
  };
  const signal = (name: NodeJS.Signals): void => {
    for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      const found = statOf(pid);
      if (found?.parent === child?.pid && /\((java|postgres)\)/.test(found?.stat ?? ''))
        process.kill(Number(pid), name);
    }
  };
  const ended = (): boolean => child === undefined || child.exitCode !== null || child.signalCode !== null;
  return {
    start,
    kill: async () => {
      if (ended()) return;
      const gone = once(child as ChildProcess, 'exit');
      signal('SIGKILL');
      await gone;
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    stop: async () => {
      if (ended()) return;
      const gone = once(child as ChildProcess, 'exit');
      child?.stdin?.end();
      await gone;
    },
  };
};
