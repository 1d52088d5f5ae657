/**
 * Marks a place between two effects. Does nothing unless a crash test armed this place: then the
 * process dies there by SIGKILL.
 */
export type CrashPoint = (step: string) => void;

const unarmed: CrashPoint = () => undefined;

/**
 * Creates the crash points of this process from `CRASH_AT=step` or `CRASH_AT=step:n` (at the n-th
 * pass). Never armed with NODE_ENV=production. SIGKILL to itself equals `kill -9`: no handler runs,
 * no buffer is flushed, the kernel cuts the sockets.
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
