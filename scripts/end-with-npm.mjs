import { spawnSync } from 'node:child_process';

/**
 * Returns the id of the npm process: the parent, or the parent's parent when a shell is in between.
 */
const npmProcess = () => {
  const { stdout } = spawnSync('ps', ['-o', 'ppid=,comm=', '-p', String(process.ppid)], { encoding: 'utf8' });
  const [, above, command] = /^\s*(\d+)\s+(.*)$/m.exec(stdout ?? '') ?? [];
  return /(^|\/)-?(sh|ash|dash|bash|zsh|ksh)$/.test(command ?? '') ? Number(above) : process.ppid;
};

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/**
 * Ends this process when npm has ended. A killed npm does not notify its children, and without this
 * they would go on unnoticed.
 */
export const endWithNpm = () => {
  if (process.env.npm_lifecycle_event === undefined) return;
  const npm = npmProcess();
  const timer = setInterval(() => {
    if (isAlive(npm)) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, 500);
  timer.unref();
};
