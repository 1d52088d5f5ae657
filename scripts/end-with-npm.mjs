import { spawnSync } from 'node:child_process';

/** The process that npm is: our parent, or its parent when a shell stands between. */
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

/** Ends this process when npm is gone: a killed npm tells nobody, and what it started must not go on behind the back of who killed it. */
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
