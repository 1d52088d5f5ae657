import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = join(dirname(fileURLToPath(import.meta.url)), 'watchdog.sh');

/**
 * Starts the process that cleans up after this one, however this one ends. It runs in a session of
 * its own, so that signals to this process group (Ctrl-C, the SIGKILL of a time limit) do not reach
 * it, and it holds none of this process's pipes.
 */
export const openWatchdog = () => {
  const child = spawn('sh', [script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/' });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  child.stdin.unref();
  const watch = (process, id, signal) => {
    if (process.pid === undefined) return;
    child.stdin.write(`process ${id} ${signal}\n`);
    process.once('exit', () => child.stdin.write(`gone ${id}\n`));
  };
  return {
    /** Must be called directly after the spawn, with nothing in between. */
    watch: (process, signal) => watch(process, process.pid, signal),
    /** The same for a process that leads a group, and for its group. */
    watchAll: (process, signal) => watch(process, -process.pid, signal),
    /** Must be called before the directory is created. */
    removeLater: (directory) => child.stdin.write(`directory ${directory}\n`),
  };
};
