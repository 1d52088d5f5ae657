import { once } from 'node:events';
import type { WithServer } from './jest-global-setup';

export default async (): Promise<void> => {
  const child = (globalThis as WithServer).testPostgres;
  if (child === undefined || child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.stdin?.end();
  await exited;
};
