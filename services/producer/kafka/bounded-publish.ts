import { BridgeError } from '../../../shared/errors';
import { withTimeout } from '../../../shared/timing/timeout';
import type { PublishMessages } from './publish-messages';

/** Settles like `work`, or rejects as retryable after so long; the work itself goes on. */
export const answerWithin = <T>(ms: number, what: string, work: Promise<T>): Promise<T> =>
  withTimeout(
    ms,
    work,
    () => new BridgeError('NO_ANSWER_IN_TIME', `${what} did not answer within ${ms} ms`, { retryable: true }),
  );

/** For callers that wait for their answer: no more than `pendingMax` messages wait at once, and none longer than `timeoutMs`. */
export const boundPublish = (
  publish: PublishMessages,
  { pendingMax, timeoutMs }: { readonly pendingMax: number; readonly timeoutMs: number },
): { readonly publish: PublishMessages; readonly pending: () => number } => {
  let pending = 0;
  return {
    pending: () => pending,
    publish: async (publications) => {
      if (pending > 0 && pending + publications.length > pendingMax) {
        throw new BridgeError('TOO_MANY_PENDING', 'too many messages wait for Kafka', { retryable: true });
      }
      pending += publications.length;
      const work = publish(publications).finally(() => {
        pending -= publications.length;
      });
      return answerWithin(timeoutMs, 'Kafka', work);
    },
  };
};
