import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionState } from './session-state';

const AGAIN_MS = 20;

/**
 * Ends the running call when the client breaks. The call may be between two PostgreSQL statements just then, so it is cancelled again and again
 * until it has ended; and the call's end waits for a cancellation that is under way, which would otherwise hit the next call.
 */
export const createInterrupter = (state: SessionState) => {
  let running = false;
  let cancelling: Promise<void> = Promise.resolve();
  const cancel = async (): Promise<void> => {
    while (running && state.login !== undefined) {
      await state.world.reader
        .query('SELECT pg_cancel_backend($1)', [state.login.postgres.processId])
        .catch(() => undefined);
      await sleep(AGAIN_MS);
    }
  };
  return {
    interrupt: (): void => {
      if (running) cancelling = cancel();
    },
    around: async <T>(call: () => Promise<T>): Promise<T> => {
      running = true;
      try {
        return await call();
      } finally {
        running = false;
        await cancelling;
      }
    },
  };
};
