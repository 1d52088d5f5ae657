import { BridgeError } from '../../../shared/errors';
import { withTimeout } from '../../../shared/timing/timeout';
import { createTurns } from '../../../shared/timing/turns';
import type { Publication } from '../accept-messages';
import type { PublishMessages } from './publish-messages';

const noAnswer = (what: string, ms: number): BridgeError =>
  new BridgeError('NO_ANSWER_IN_TIME', `${what} did not answer within ${ms} ms`, { retryable: true });

/**
 * Settles like `work`, or rejects with the retryable NO_ANSWER_IN_TIME after `ms`. The work itself
 * continues.
 * @param what the service that does not answer, for the error text
 */
export const withPublishTimeout = <T>(ms: number, what: string, work: Promise<T>): Promise<T> =>
  withTimeout(ms, work, () => noAnswer(what, ms));

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

type UnsentCode = 'PENDING_SHARE_FULL' | 'TOO_MANY_PENDING';

const unsent = (code: UnsentCode, why: string): BridgeError =>
  new BridgeError(code, `${why}; nothing was sent`, { retryable: true });

type Limits = { readonly pendingMax: number; readonly shareOf: (appId: string) => number };

/** The count of the messages that wait, by application. */
const createRoom = ({ pendingMax, shareOf }: Limits) => {
  const pendingOf = new Map<string, number>();
  let pending = 0;
  return {
    pending: () => pending,
    count: (appId: string, change: number): void => {
      pending += change;
      const own = (pendingOf.get(appId) ?? 0) + change;
      if (own === 0) pendingOf.delete(appId);
      else pendingOf.set(appId, own);
    },
    whyFull: (appId: string, more: number): UnsentCode | undefined => {
      const own = pendingOf.get(appId) ?? 0;
      if (own > 0 && own + more > shareOf(appId)) return 'PENDING_SHARE_FULL';
      if (pending === 0 || own + more <= (pendingMax - pending) / 2) return undefined;
      return own > 0 ? 'PENDING_SHARE_FULL' : 'TOO_MANY_PENDING';
    },
  };
};

/**
 * Bounds a publish for callers that wait for a reply: `pendingMax` messages wait at once, each at
 * most `timeoutMs`. Applications take turns. One of them may have `shareOf` messages waiting, and
 * never more than half of the room that is left: so small requests find room during any flood.
 */
export const boundPublish = (
  publish: PublishMessages,
  { timeoutMs, ...limits }: Limits & { readonly timeoutMs: number },
): BoundedPublish => {
  const turns = createTurns<Job>();
  const { pending, count, whyFull } = createRoom(limits);
  let inSink = 0;

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
  const enqueue = (appId: string, publications: readonly Publication[]): Promise<Refused> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        if (turns.remove(appId, job)) {
          count(appId, -publications.length);
          reject(unsent('TOO_MANY_PENDING', `others waited for Kafka for ${timeoutMs} ms`));
        } else reject(noAnswer('Kafka', timeoutMs));
      }, timeoutMs);
      const job: Job = {
        publications,
        start: () => {
          send(appId, publications)
            .then(resolve, reject)
            .finally(() => clearTimeout(timer));
        },
      };
      count(appId, publications.length);
      turns.add(appId, job);
      startNext();
    });

  return {
    pending,
    isShareFull: (appId) => whyFull(appId, 1) === 'PENDING_SHARE_FULL',
    publish: async (publications) => {
      const appId = publications[0]?.send.appId ?? '';
      const full = whyFull(appId, publications.length);
      if (full !== undefined) throw unsent(full, 'too many messages wait for Kafka');
      return enqueue(appId, publications);
    },
  };
};
