import { once } from 'node:events';
import type { WithServers } from './jest-global-setup';

export default async (): Promise<void> => {
  const running = ((globalThis as WithServers).testServers ?? []).filter((child) => child.exitCode === null);
  await Promise.all(
    running.map((child) => {
      const exited = once(child, 'exit');
      child.stdin?.end();
      return exited;
    }),
  );
};
