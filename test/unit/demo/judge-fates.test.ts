import { countSettled, judgeFates, type Observed, type PublishedMessage } from '../../../cli/demo/judge-fates';
import { problemsOf, toSummaryLine } from '../../../cli/demo/show-result';
import type { EventStatus } from '../../../shared/avro/records';
import { NOW } from '../../support/sms-send-message';

const EXPIRES = NOW + 12_000;

const good = (id: string): PublishedMessage => ({ id, expectation: { kind: 'sent' }, expiresAt: EXPIRES });
const bad = (id: string): PublishedMessage => ({
  id,
  expectation: { kind: 'rejected', reason: 'RECIPIENT_INVALID' },
  expiresAt: EXPIRES,
});
const stale = (id: string): PublishedMessage => ({ id, expectation: { kind: 'expired' }, expiresAt: NOW - 1 });
const unreadable = (id: string): PublishedMessage => ({
  id,
  expectation: { kind: 'unreadable', reason: 'MALFORMED' },
  expiresAt: EXPIRES,
});

type Final = readonly [string, EventStatus, (string | null)?, number?];

const seen = (change: {
  journal?: Record<string, number>;
  finals?: readonly Final[];
  refusals?: Record<string, string>;
  deadLetters?: Record<string, string>;
}): Observed => ({
  journal: new Map(Object.entries(change.journal ?? {})),
  finals: new Map(
    (change.finals ?? []).map(([id, status, reason = null, recordedAt = EXPIRES]) => [
      id,
      { status, reason, recordedAt },
    ]),
  ),
  refusals: new Map(Object.entries(change.refusals ?? {})),
  deadLetters: new Map(Object.entries(change.deadLetters ?? {})),
});

describe('judging the outcome of the messages', () => {
  it('counts each message in one place', () => {
    const messages = [good('a'), good('b'), good('c'), bad('d'), stale('e'), unreadable('f'), bad('g')];
    const observed = seen({
      journal: { a: 1, b: 1, c: 1 },
      finals: [
        ['a', 'DELIVERED'],
        ['b', 'SUBMIT_FAILED'],
        ['c', 'EXPIRED'],
        ['d', 'REJECTED', 'RECIPIENT_INVALID'],
        ['e', 'EXPIRED'],
      ],
      refusals: { g: 'RECIPIENT_INVALID' },
      deadLetters: { f: 'MALFORMED' },
    });
    const fates = judgeFates(messages, observed);
    expect(fates).toMatchObject({
      published: 7,
      handed: 3,
      delivered: 1,
      undelivered: 1,
      expired: 2,
      rejected: 3,
      unreadable: 1,
    });
    expect(fates.delivered + fates.undelivered + fates.expired + fates.rejected).toBe(fates.published);
    expect(problemsOf(fates)).toEqual([]);
    expect(countSettled(messages, observed)).toBe(7);
  });

  it.each<readonly [string, PublishedMessage, Observed]>([
    ['has no event', good('a'), seen({})],
    ['was reported expired before its time', good('a'), seen({ finals: [['a', 'EXPIRED', null, EXPIRES - 1]] })],
    [
      'has events of a delivery, but was never taken by the province',
      good('a'),
      seen({ finals: [['a', 'DELIVERED']] }),
    ],
    ['was taken by the province, without a final event', good('a'), seen({ journal: { a: 1 } })],
    ['was unreadable, and is not on the dead-letter topic', unreadable('a'), seen({})],
    ['was invalid, without an event', bad('a'), seen({})],
  ])('counts a message that %s as lost', (_what, message, observed) => {
    expect(
      judgeFates([message, good('z')], {
        ...observed,
        journal: new Map([...observed.journal, ['z', 1]]),
        finals: new Map([...observed.finals, ['z', { status: 'DELIVERED', reason: null, recordedAt: NOW }]]),
      }).lost,
    ).toEqual(['a']);
  });

  it('counts every repetition in the journal as a duplicate', () => {
    const observed = seen({
      journal: { a: 3, b: 1 },
      finals: [
        ['a', 'DELIVERED'],
        ['b', 'DELIVERED'],
      ],
    });
    const fates = judgeFates([good('a'), good('b')], observed);
    expect(fates.duplicated).toEqual(['a', 'a']);
    expect(fates.handed).toBe(2);
    expect(problemsOf(fates)).toEqual(['sent more than once: a, a']);
  });

  it.each<readonly [string, PublishedMessage, Observed]>([
    ['an invalid message that was sent', bad('a'), seen({ journal: { a: 1 }, finals: [['a', 'DELIVERED']] })],
    ['a stale message that was sent', stale('a'), seen({ journal: { a: 1 }, finals: [['a', 'DELIVERED']] })],
    ['a valid message that was rejected', good('a'), seen({ finals: [['a', 'REJECTED', 'CONTENT_EMPTY']] })],
    [
      'a message that was sent and reported rejected',
      good('a'),
      seen({ journal: { a: 1 }, finals: [['a', 'REJECTED', 'CONTENT_EMPTY']] }),
    ],
    ['an invalid message with another reason', bad('a'), seen({ finals: [['a', 'REJECTED', 'CONTENT_EMPTY']] })],
    ['an invalid message that was reported expired', bad('a'), seen({ finals: [['a', 'EXPIRED']] })],
    ['a message that was not published', good('b'), seen({ journal: { a: 1, b: 1 }, finals: [['b', 'DELIVERED']] })],
  ])('counts %s as wrong', (_what, message, observed) => {
    const fates = judgeFates([message], observed);
    expect(fates.wrong).toEqual([expect.stringMatching(/^a /)]);
    expect([fates.lost, fates.duplicated]).toEqual([[], []]);
    expect(problemsOf(fates)).toHaveLength(1);
  });

  it('accepts an expired message whose validity ended before the bridge read it', () => {
    const fates = judgeFates([good('a')], seen({ finals: [['a', 'EXPIRED', null, EXPIRES]] }));
    expect(fates).toMatchObject({ expired: 1, lost: [], wrong: [] });
  });

  it('prints the last line for programs', () => {
    const fates = judgeFates([good('a'), good('b')], seen({ journal: { a: 2 }, finals: [['a', 'DELIVERED']] }));
    const result = { fates, twice: 0, inbound: 4, acknowledged: 3, archivedSent: 5, archivedReceived: 6 };
    expect(toSummaryLine(result)).toBe(
      'published=2 handed=1 delivered=1 undelivered=0 expired=0 rejected=0 inbound=4 archived=11 lost=1 duplicated=1',
    );
  });
});
