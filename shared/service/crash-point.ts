/** Marks a place between two effects. Does nothing, unless a crash test armed this place: then the process dies there by SIGKILL. */
export type CrashPoint = (step: string) => void;

const unarmed: CrashPoint = () => undefined;

/**
 * Crash points of this process, from `CRASH_AT=step` or `CRASH_AT=step:n` (at the n-th pass). Never armed with NODE_ENV=production.
 * SIGKILL to oneself is what `kill -9` does: no handler runs, no buffer is flushed, sockets are cut by the kernel.
 */
export const createCrashPoint = (env: NodeJS.ProcessEnv): CrashPoint => {
  const armed = env.CRASH_AT;
  if (armed === undefined || armed === '' || env.NODE_ENV === 'production') return unarmed;
  const [step, count = '1'] = armed.split(':');
  let passes = 0;
  return (name) => {
    if (name !== step) return;
    passes += 1;
    if (passes === Number(count)) process.kill(process.pid, 'SIGKILL');
  };
};
