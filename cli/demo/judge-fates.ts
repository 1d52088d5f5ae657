import type { EventStatus } from '../../shared/avro/records';
import type { Expectation } from './plan-messages';

/** A message that its entrance acknowledged, or (`rejected` over HTTP) refused with a reason. */
export type PublishedMessage = { readonly id: string; readonly expectation: Expectation; readonly expiresAt: number };

export type FinalEvent = { readonly status: EventStatus; readonly reason: string | null; readonly recordedAt: number };

/** What was seen from outside: none of it comes from the platform's tables. */
export type Observed = {
  /** how often the province took each message, by its own journal */
  readonly journal: ReadonlyMap<string, number>;
  /** final events of `sms.status`, by messageId */
  readonly finals: ReadonlyMap<string, FinalEvent>;
  /** error codes that HTTP answered, by messageId */
  readonly refusals: ReadonlyMap<string, string>;
  /** reasons on `sms.dead-letter` of records that arrived there unchanged, by the id that the record had as its key */
  readonly deadLetters: ReadonlyMap<string, string>;
};

export type Fates = {
  readonly published: number;
  /** different messages that the province took */
  readonly handed: number;
  readonly delivered: number;
  /** undelivered, refused by the gateway, or without any answer */
  readonly undelivered: number;
  readonly expired: number;
  /** rejected with a reason, at the door or later, the unreadable ones among them */
  readonly rejected: number;
  readonly unreadable: number;
  readonly lost: readonly string[];
  /** taken more often than once: an id for each time too many */
  readonly duplicated: readonly string[];
  /** neither lost nor doubled, and still not what had to happen; one sentence each */
  readonly wrong: readonly string[];
};

/** Why a message that the province never took may have ended; undefined: nobody said anything, or nothing that holds. */
const acceptedEnd = (message: PublishedMessage, observed: Observed): string | undefined => {
  const { id, expectation, expiresAt } = message;
  if (expectation.kind === 'unreadable') return observed.deadLetters.get(id);
  const refusal = observed.refusals.get(id);
  if (refusal !== undefined) return refusal;
  const final = observed.finals.get(id);
  if (final?.status === 'REJECTED') return final.reason ?? 'REJECTED';
  // "expired" before its time is an excuse, not an end
  if (final?.status === 'EXPIRED' && final.recordedAt >= expiresAt) return 'EXPIRED';
  return undefined;
};

const describeWrong = (
  message: PublishedMessage,
  handed: boolean,
  end: string | undefined,
  final: FinalEvent | undefined,
): string | undefined => {
  const { id, expectation } = message;
  if (handed) {
    if (expectation.kind !== 'sent') return `${id} had to be ${expectation.kind}, and was handed over`;
    return final?.status === 'REJECTED' ? `${id} was handed over, and its sender told that it was rejected` : undefined;
  }
  if (end === undefined) return undefined;
  if (expectation.kind === 'sent') return end === 'EXPIRED' ? undefined : `${id} was good, and was rejected: ${end}`;
  const due = expectation.kind === 'expired' ? 'EXPIRED' : expectation.reason;
  return end === due ? undefined : `${id} had to end as ${due}, and ended as ${end}`;
};

/**
 * What became of every message. Pure.
 *
 * **Lost**: acknowledged to its sender, and neither in the province's journal nor ended with a reason that somebody was told: a final REJECTED, a final
 * EXPIRED not before its validity was over, an error of HTTP, or (unreadable bytes) the same bytes on `sms.dead-letter`. Also lost is a message
 * in the journal about whose end nobody was told: no final event. **Duplicated**: taken by the province more than once, whatever the events say.
 */
export const judgeFates = (messages: readonly PublishedMessage[], observed: Observed): Fates => {
  const known = new Set(messages.map(({ id }) => id));
  const strangers = [...observed.journal.keys()].filter((id) => !known.has(id));
  const wrong = strangers.map((id) => `${id} was handed over, and nobody published it`);
  const lost: string[] = [];
  const count = { handed: 0, delivered: 0, undelivered: 0, expired: 0, rejected: 0, unreadable: 0 };
  for (const message of messages) {
    const { id, expectation } = message;
    const handed = observed.journal.has(id);
    const end = handed ? undefined : acceptedEnd(message, observed);
    const problem = describeWrong(message, handed, end, observed.finals.get(id));
    if (problem !== undefined) wrong.push(problem);
    if (handed) {
      count.handed += 1;
      const final = observed.finals.get(id)?.status;
      if (final === undefined) lost.push(id);
      else if (final === 'DELIVERED') count.delivered += 1;
      else if (final === 'EXPIRED') count.expired += 1;
      else count.undelivered += 1;
    } else if (end === undefined) lost.push(id);
    else if (end === 'EXPIRED') count.expired += 1;
    else {
      count.rejected += 1;
      if (expectation.kind === 'unreadable') count.unreadable += 1;
    }
  }
  const duplicated = [...observed.journal].flatMap(([id, times]) => Array.from({ length: times - 1 }, () => id));
  return { published: messages.length, ...count, lost, duplicated, wrong };
};

/** How many messages have their end: what the demo waits for. */
export const countSettled = (messages: readonly PublishedMessage[], observed: Omit<Observed, 'journal'>): number =>
  messages.filter(({ id }) => observed.finals.has(id) || observed.refusals.has(id) || observed.deadLetters.has(id))
    .length;
