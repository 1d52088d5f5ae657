import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = join(dirname(fileURLToPath(import.meta.url)), 'watchdog.sh');

/**
 * Starts the process that cleans up after this one, however this one ends. It is in a session of its own, so what is sent to this one's group
 * (Ctrl-C, a time limit's SIGKILL) does not reach it, and it holds none of this one's pipes.
 */
export const openWatchdog = () => {
  const child = spawn('sh', [script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/' });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  child.stdin.unref();
  return {
    /** Spawned processes are noted at once: nothing may happen in between. */
    watch: (process, signal) => {
      if (process.pid === undefined) return;
      child.stdin.write(`process ${process.pid} ${signal}\n`);
      process.once('exit', () => child.stdin.write(`gone ${process.pid}\n`));
    },
    /** To be called before the directory is made. */
    removeLater: (directory) => child.stdin.write(`directory ${directory}\n`),
  };
};
