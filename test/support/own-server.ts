import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findPackageRoot } from '../../shared/avro/load-schemas';

/** A port that nobody holds at this moment. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

export type OwnServer = {
  /** the line that it printed: where it is reached */
  readonly line: string;
  readonly stop: () => Promise<void>;
};

/** Starts a server that a test file has for itself, because the run's common one is not as it needs it. */
export const startOwnServer = async (name: 'kafka' | 'postgres', options: readonly string[]): Promise<OwnServer> => {
  const script = join(findPackageRoot(__dirname), 'scripts', 'servers', `${name}-server.mjs`);
  const child: ChildProcess = spawn(process.execPath, [script, ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`${name} did not start (exit ${code})`)));
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
