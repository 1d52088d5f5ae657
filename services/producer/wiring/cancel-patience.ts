import { BridgeError } from '../../../shared/errors';
import { createSemaphore } from '../../../shared/timing/semaphore';

/** A cancel whose turn comes later than this is not begun: its caller has been waiting too long. */
const TURN_MS = 2_000;

const busy = (cause?: unknown): BridgeError =>
  new BridgeError('MESSAGE_BUSY', 'another session of the database holds the message', { retryable: true, cause });

const isHeld = (error: unknown): boolean =>
  error instanceof BridgeError && ['DB_LOCKED', 'DB_TIMEOUT'].includes(error.code);

/**
 * Creates the runner of the statements that may wait for another session. The statements of one
 * application take turns, at most `width` at a time, and leave the other connections free.
 * @throws BridgeError MESSAGE_BUSY, retryable
 */
export const createCancelPatience = (
  width: number,
  now: () => number = Date.now,
): (<T>(appId: string, work: () => Promise<T>) => Promise<T>) => {
  const turns = new Map<string, ReturnType<typeof createSemaphore>>();
  return async (appId, work) => {
    const inTurn = turns.get(appId) ?? createSemaphore(width);
    turns.set(appId, inTurn);
    const latest = now() + TURN_MS;
    return inTurn(async () => {
      if (now() > latest) throw busy();
      try {
        return await work();
      } catch (error) {
        throw isHeld(error) ? busy(error) : error;
      }
    });
  };
};
