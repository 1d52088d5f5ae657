import { BridgeError } from '../../../shared/errors';
import { withTimeout } from '../../../shared/timing/timeout';
import type { PublishMessages } from './publish-messages';

/**
 * Settles like `work`, or rejects with the retryable NO_ANSWER_IN_TIME after `ms`. The work itself
 * continues.
 * @param what the service that does not answer, for the error text
 */
export const withPublishTimeout = <T>(ms: number, what: string, work: Promise<T>): Promise<T> =>
  withTimeout(
    ms,
    work,
    () => new BridgeError('NO_ANSWER_IN_TIME', `${what} did not answer within ${ms} ms`, { retryable: true }),
  );

/**
 * Bounds a publish for callers that wait for a reply: at most `pendingMax` messages wait at once,
 * each at most `timeoutMs`.
 * @throws BridgeError TOO_MANY_PENDING or NO_ANSWER_IN_TIME, both retryable
 */
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
      return withPublishTimeout(timeoutMs, 'Kafka', work);
    },
  };
};
