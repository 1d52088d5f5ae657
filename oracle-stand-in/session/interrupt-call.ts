import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionState } from './session-state';

const AGAIN_MS = 20;

/**
 * Creates the interrupter that ends the running call when the client breaks. The call may be
 * between two PostgreSQL statements, so it is cancelled repeatedly until it ends. The end of the
 * call waits for a pending cancellation, which would otherwise hit the next call.
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
