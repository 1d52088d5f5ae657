import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findPackageRoot } from '../../shared/avro/load-schemas';

/** Returns a port that is free at this moment. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

export type OwnServer = {
  /** The line that it printed: its address. */
  readonly line: string;
  readonly stop: () => Promise<void>;
};

/** Starts a server for one test file that needs other settings than the run's shared one. */
export const startOwnServer = async (name: 'kafka' | 'postgres', options: readonly string[]): Promise<OwnServer> => {
  const script = join(findPackageRoot(__dirname), 'scripts', 'servers', `${name}-server.mjs`);
  const child: ChildProcess = spawn(process.execPath, [script, ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`${name} did not start (exit code ${code})`)));
  });
  return {
    line,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.stdin?.end();
      await ended;
    },
  };
};
