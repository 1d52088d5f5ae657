import type { EventStatus } from '../../shared/avro/records';
import type { Expectation } from './plan-messages';

/** A message that its entrance acknowledged, or that HTTP rejected with an error code. */
export type PublishedMessage = { readonly id: string; readonly expectation: Expectation; readonly expiresAt: number };

export type FinalEvent = { readonly status: EventStatus; readonly reason: string | null; readonly recordedAt: number };

/** Facts observed from outside. The platform's tables contribute only the messageId of a MSG_ID. */
export type Observed = {
  /** how often the province took each message, according to the province's own journal */
  readonly journal: ReadonlyMap<string, number>;
  /** final events on sms.status, by messageId */
  readonly finals: ReadonlyMap<string, FinalEvent>;
  /** error codes of HTTP responses, by messageId */
  readonly refusals: ReadonlyMap<string, string>;
  /** reasons on sms.dead-letter, by the record's key, for records whose bytes arrived unchanged */
  readonly deadLetters: ReadonlyMap<string, string>;
};

export type Fates = {
  readonly published: number;
  /** distinct messages that the province took */
  readonly handed: number;
  readonly delivered: number;
  /** undelivered, refused by the gateway, or without a report */
  readonly undelivered: number;
  readonly expired: number;
  /** rejected with a reason, at the entrance or later; includes the unreadable ones */
  readonly rejected: number;
  readonly unreadable: number;
  readonly lost: readonly string[];
  /** ids that the province took more than once, one entry for each surplus time */
  readonly duplicated: readonly string[];
  /** neither lost nor duplicated, but not the expected end either; one sentence each */
  readonly wrong: readonly string[];
};

/**
 * Returns the reason why a message that the province never took has ended. Returns undefined when
 * its sender was not told, or was told an end that does not count.
 */
const acceptedEnd = (message: PublishedMessage, observed: Observed): string | undefined => {
  const { id, expectation, expiresAt } = message;
  if (expectation.kind === 'unreadable') return observed.deadLetters.get(id);
  const refusal = observed.refusals.get(id);
  if (refusal !== undefined) return refusal;
  const final = observed.finals.get(id);
  if (final?.status === 'REJECTED') return final.reason ?? 'REJECTED';
  // EXPIRED before the end of the validity is not an acceptable end.
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
    if (expectation.kind !== 'sent') return `${id} should have been ${expectation.kind}, but was handed over`;
    return final?.status === 'REJECTED'
      ? `${id} was handed over, but its sender was told that it was rejected`
      : undefined;
  }
  if (end === undefined) return undefined;
  if (expectation.kind === 'sent') return end === 'EXPIRED' ? undefined : `${id} was valid, but was rejected: ${end}`;
  const due = expectation.kind === 'expired' ? 'EXPIRED' : expectation.reason;
  return end === due ? undefined : `${id} should have ended as ${due}, but ended as ${end}`;
};

/**
 * Judges the fate of each message. Pure.
 *
 * **Lost**: acknowledged to its sender, but neither in the province's journal nor ended with a
 * reason that its sender can see: a final REJECTED, a final EXPIRED not before the end of the
 * validity, an HTTP error or, for unreadable bytes, the same bytes on sms.dead-letter. A message in
 * the journal without a final event is lost, too.
 * **Duplicated**: taken by the province more than once, no matter what the events tell.
 */
export const judgeFates = (messages: readonly PublishedMessage[], observed: Observed): Fates => {
  const known = new Set(messages.map(({ id }) => id));
  const strangers = [...observed.journal.keys()].filter((id) => !known.has(id));
  const wrong = strangers.map((id) => `${id} was handed over, but was never published`);
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

/** Counts the messages that have ended. The demo waits for this number. */
export const countSettled = (messages: readonly PublishedMessage[], observed: Omit<Observed, 'journal'>): number =>
  messages.filter(({ id }) => observed.finals.has(id) || observed.refusals.has(id) || observed.deadLetters.has(id))
    .length;
