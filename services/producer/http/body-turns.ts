import { createTurns } from '../../../shared/timing/turns';

/**
 * Bytes of bodies that are read between two looks at the network: many small ones, or a batch. A
 * batch of 1000 messages takes the process some 20 ms.
 */
const BYTES_A_TURN = 65_536;

/** Resolves when a body of this length may be read: applications take turns. */
export type AwaitTurn = (appId: string, bytes: number) => Promise<void>;

export const createBodyTurns = (): AwaitTurn => {
  const turns = createTurns<{ readonly bytes: number; readonly start: () => void }>();
  let left = BYTES_A_TURN;
  let scheduled = false;

  const startNext = (): void => {
    while (left > 0) {
      const body = turns.take();
      if (body === undefined) break;
      left -= body.bytes;
      body.start();
    }
    if (scheduled || left === BYTES_A_TURN) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      left = BYTES_A_TURN;
      startNext();
    });
  };

  return (appId, bytes) =>
    new Promise((resolve) => {
      turns.add(appId, { bytes, start: resolve });
      startNext();
    });
};
