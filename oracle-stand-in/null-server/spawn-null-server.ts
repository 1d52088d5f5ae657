import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { NULL_PASSWORD, type NullAnswer } from './serve-null-session';

export type NullServer = {
  readonly url: string;
  /** Returns the names of the calls since the last time; each is a round trip. */
  readonly calls: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
};

/**
 * Starts a server that accepts everything the unmodified driver sends, and answers at once, so that
 * measurements show the client. It is a process of its own, to keep its processor time apart from
 * the client's. Runs from `dist`.
 */
export const spawnNullServer = async (answers: readonly NullAnswer[]): Promise<NullServer> => {
  const child = spawn(process.execPath, [join(__dirname, 'run-null-server.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the null server has ended');
    return value;
  };
  child.stdin.write(`${JSON.stringify(answers)}\n`);
  const connectString = await next();
  return {
    url: `oracle://bench:${NULL_PASSWORD}@${connectString}`,
    calls: async () => {
      child.stdin.write('\n');
      return JSON.parse(await next()) as string[];
    },
    close: async () => {
      const exited = once(child, 'exit');
      child.stdin.end();
      await exited;
    },
  };
};
