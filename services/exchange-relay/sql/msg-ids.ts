import { randomFillSync } from 'node:crypto';
import { MSG_ID_RANDOM, toMsgId } from '../../../shared/sms/msg-id';

/** Random bytes are fetched for so many ids at a time: one call for each would cost more than the rest. */
const POOL = 1_024;

/** Makes MSG_IDs, each greater than the one before. */
export const createMsgIds = (now: () => number = Date.now): (() => string) => {
  const random = new Uint8Array(POOL * MSG_ID_RANDOM);
  let at = random.length;
  let micros = 0;
  return () => {
    if (at === random.length) {
      randomFillSync(random);
      at = 0;
    }
    micros = Math.max(micros + 1, now() * 1000);
    const id = toMsgId(micros, random, at);
    at += MSG_ID_RANDOM;
    return id;
  };
};
