import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type WithServer = typeof globalThis & { testPostgres?: ChildProcess };

/** Starts one PostgreSQL for the whole run. It ends when its standard input closes. */
export default async (): Promise<void> => {
  const child = spawn(process.execPath, [join(__dirname, 'postgres-server.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  (globalThis as WithServer).testPostgres = child;
  process.env.TEST_DATABASE_URL = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`PostgreSQL for the tests did not start (exit ${code})`)));
  });
};
