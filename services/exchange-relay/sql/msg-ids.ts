import { randomFillSync } from 'node:crypto';
import { MSG_ID_RANDOM, toMsgId } from '../../../shared/sms/msg-id';

/** Ids per fetch of random bytes: a fetch for each id would cost more than the rest. */
const POOL = 1_024;

/** Creates a generator of MSG_IDs, each greater than the one before. */
export const createMsgIds = (now: () => number = Date.now): (() => string) => {
  const random = new Uint8Array(POOL * MSG_ID_RANDOM);
  let offset = random.length;
  let micros = 0;
  return () => {
    if (offset === random.length) {
      randomFillSync(random);
      offset = 0;
    }
    micros = Math.max(micros + 1, now() * 1000);
    const id = toMsgId(micros, random, offset);
    offset += MSG_ID_RANDOM;
    return id;
  };
};
