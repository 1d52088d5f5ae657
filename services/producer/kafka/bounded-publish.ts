import { BridgeError } from '../../../shared/errors';
import { withTimeout } from '../../../shared/timing/timeout';
import type { Publication } from '../accept-messages';
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
 * Messages that the sink has at once: a request that is under way and the next one. All others wait
 * here, where applications take turns, and where they can still be taken back.
 */
const IN_SINK_MAX = 2_000;

type Refused = Awaited<ReturnType<PublishMessages>>;
type Job = { readonly publications: readonly Publication[]; readonly start: () => void };

export type BoundedPublish = {
  /**
   * Publishes messages of one application.
   * @throws BridgeError, retryable: PENDING_SHARE_FULL or TOO_MANY_PENDING, and nothing was sent;
   *   NO_ANSWER_IN_TIME, and they may still be stored
   */
  readonly publish: PublishMessages;
  /** Tells whether the application has used up its share, so that its next request is in vain. */
  readonly isShareFull: (appId: string) => boolean;
  readonly pending: () => number;
};

/** The applications whose publications wait, in the order in which they are served. */
const createTurns = () => {
  const waiting = new Map<string, Set<Job>>();
  return {
    add: (appId: string, job: Job): void => {
      const jobs = waiting.get(appId);
      if (jobs === undefined) waiting.set(appId, new Set([job]));
      else jobs.add(job);
    },
    /** Returns false if it was taken already. */
    remove: (appId: string, job: Job): boolean => {
      const jobs = waiting.get(appId);
      const removed = jobs?.delete(job) ?? false;
      if (jobs?.size === 0) waiting.delete(appId);
      return removed;
    },
    /** Takes the oldest job of the application that was served longest ago. */
    take: (): Job | undefined => {
      const [turn] = waiting;
      if (turn === undefined) return undefined;
      const [appId, jobs] = turn;
      const [job] = jobs;
      waiting.delete(appId);
      jobs.delete(job!);
      if (jobs.size > 0) waiting.set(appId, jobs);
      return job;
    },
  };
};

const unsent = (code: 'PENDING_SHARE_FULL' | 'TOO_MANY_PENDING', why: string): BridgeError =>
  new BridgeError(code, `${why}; nothing was sent`, { retryable: true });

/**
 * Bounds a publish for callers that wait for a reply: `pendingMax` messages wait at once, each at
 * most `timeoutMs`. Applications take turns. One of them may have `shareOf` messages waiting, and
 * never more than there is room left: so there is room for the others, however many flood it.
 */
export const boundPublish = (
  publish: PublishMessages,
  {
    pendingMax,
    timeoutMs,
    shareOf,
  }: { readonly pendingMax: number; readonly timeoutMs: number; readonly shareOf: (appId: string) => number },
): BoundedPublish => {
  const turns = createTurns();
  const pendingOf = new Map<string, number>();
  let pending = 0;
  let inSink = 0;

  const count = (appId: string, change: number): void => {
    pending += change;
    const own = (pendingOf.get(appId) ?? 0) + change;
    if (own === 0) pendingOf.delete(appId);
    else pendingOf.set(appId, own);
  };
  const isOver = (appId: string, more: number): boolean => {
    const own = pendingOf.get(appId) ?? 0;
    return own > 0 && own + more > Math.min(shareOf(appId), pendingMax - pending);
  };
  const startNext = (): void => {
    while (inSink < IN_SINK_MAX) {
      const job = turns.take();
      if (job === undefined) return;
      inSink += job.publications.length;
      job.start();
    }
  };

  const send = async (appId: string, publications: readonly Publication[]): Promise<Refused> => {
    try {
      return await publish(publications);
    } finally {
      inSink -= publications.length;
      count(appId, -publications.length);
      startNext();
    }
  };

  return {
    pending: () => pending,
    isShareFull: (appId) => isOver(appId, 1),
    publish: (publications) => {
      const appId = publications[0]?.send.appId ?? '';
      const { length } = publications;
      if (isOver(appId, length))
        return Promise.reject(unsent('PENDING_SHARE_FULL', 'too many messages of the application wait for Kafka'));
      if (pending > 0 && pending + length > pendingMax)
        return Promise.reject(unsent('TOO_MANY_PENDING', 'too many messages wait for Kafka'));
      count(appId, length);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          if (!turns.remove(appId, job)) {
            reject(
              new BridgeError('NO_ANSWER_IN_TIME', `Kafka did not answer within ${timeoutMs} ms`, { retryable: true }),
            );
            return;
          }
          count(appId, -length);
          reject(unsent('TOO_MANY_PENDING', `others waited for Kafka for ${timeoutMs} ms`));
        }, timeoutMs);
        const job: Job = {
          publications,
          start: () => {
            send(appId, publications)
              .then(resolve, reject)
              .finally(() => clearTimeout(timer));
          },
        };
        turns.add(appId, job);
        startNext();
      });
    },
  };
};
