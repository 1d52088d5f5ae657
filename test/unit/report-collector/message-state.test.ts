import fc from 'fast-check';
import {
  applyReply,
  type GatewayReply,
  type MessageState,
  nextStatus,
} from '../../../services/report-collector/core/message-state';
import { type LedgerStatus, RANK } from '../../../shared/ledger/status';
import { tries } from '../../support/tries';
import { ledgerMessage } from './ledger-message';

const STATUSES = Object.keys(RANK) as LedgerStatus[];
const status = fc.constantFrom(...STATUSES);
const gatewayMsgId = fc.constantFrom('A1', 'a1', '00a1', 'b2', '0', null);

const answer: fc.Arbitrary<GatewayReply> = fc.oneof(
  fc.record({ kind: fc.constant('submit' as const), ok: fc.boolean(), code: fc.constantFrom('0', '17'), gatewayMsgId }),
  fc.record({
    kind: fc.constant('report' as const),
    outcome: fc.record({
      status: fc.constantFrom('SUBMITTED', 'DELIVERED', 'UNDELIVERED', 'EXPIRED', 'REJECTED', 'UNKNOWN'),
      isFinal: fc.boolean(),
    }),
    code: fc.constantFrom('DELIVRD', 'MK:1'),
    gatewayMsgId,
  }),
);

const submit = (id: string | null, ok: boolean): GatewayReply => ({
  kind: 'submit',
  ok,
  code: ok ? '0' : '17',
  gatewayMsgId: id,
});
const report = (id: string | null, to: 'SUBMITTED' | 'DELIVERED' | 'UNDELIVERED' | 'EXPIRED'): GatewayReply => ({
  kind: 'report',
  outcome: { status: to, isFinal: to !== 'SUBMITTED' },
  code: to,
  gatewayMsgId: id,
});

/** The replies of a consistent gateway about one message, or one segment. */
const FATES = ['refused', 'delivered', 'undelivered', 'expired', 'silent'] as const;
type Fate = (typeof FATES)[number];
const answersOf = (fate: Fate, id: string): readonly GatewayReply[] => {
  if (fate === 'refused') return [submit(id, false)];
  const ok = [submit(id, true), report(id, 'SUBMITTED')];
  return fate === 'silent' ? ok : [...ok, report(id, fate.toUpperCase() as 'DELIVERED' | 'UNDELIVERED' | 'EXPIRED')];
};

/** In any order, each reply once or several times. */
const shuffled = (answers: readonly GatewayReply[]) =>
  fc
    .array(fc.constantFrom(...answers), { maxLength: 6 })
    .chain((again) => fc.shuffledSubarray([...answers, ...again], { minLength: answers.length + again.length }));

const applyAll = (state: MessageState, answers: readonly GatewayReply[], perPart: boolean): MessageState =>
  answers.reduce((current, next) => applyReply(current, next, perPart), state);

describe('the state of a message', () => {
  it.each([
    ['HANDED', 'SUBMITTED', 'SUBMITTED'],
    ['HANDED', 'DELIVERED', 'DELIVERED'],
    ['DELIVERED', 'SUBMITTED', 'DELIVERED'],
    ['DELIVERED', 'UNDELIVERED', 'DELIVERED'],
    ['SUBMITTED', 'SUBMIT_FAILED', 'SUBMITTED'],
    ['SUBMIT_FAILED', 'SUBMITTED', 'SUBMIT_FAILED'],
    ['SUBMIT_FAILED', 'DELIVERED', 'DELIVERED'],
    ['SUBMIT_FAILED', 'UNKNOWN', 'SUBMIT_FAILED'],
    ['UNKNOWN', 'DELIVERED', 'DELIVERED'],
    ['UNKNOWN', 'EXPIRED', 'EXPIRED'],
    ['UNKNOWN', 'REJECTED', 'UNDELIVERED'],
    ['UNKNOWN', 'SUBMITTED', 'UNKNOWN'],
    ['UNKNOWN', 'SUBMIT_FAILED', 'UNKNOWN'],
    ['CANCELLED', 'DELIVERED', 'CANCELLED'],
  ] as const)('after %s, then %s: %s', (current, said, next) => {
    expect(nextStatus(current, said)).toBe(next);
  });

  it('never goes back, and leaves a final status only by a report about an unreported end', () => {
    fc.assert(
      fc.property(
        status,
        fc.integer({ min: 1, max: 4 }),
        fc.array(answer, { maxLength: 12 }),
        fc.boolean(),
        (from, partCount, answers, perPart) => {
          let state: MessageState = ledgerMessage({ status: from, partCount });
          for (const next of answers) {
            const before = state;
            state = applyReply(before, next, perPart);
            expect(RANK[state.status]).toBeGreaterThanOrEqual(RANK[before.status]);
            const corrected = perPart && ['DELIVERED', 'UNDELIVERED'].includes(before.status);
            if (RANK[before.status] > RANK.SUBMIT_FAILED && !corrected) expect(state.status).toBe(before.status);
            if (corrected) expect(['DELIVERED', 'UNDELIVERED']).toContain(state.status);
            if (before.status === 'UNKNOWN')
              expect(['UNKNOWN', 'DELIVERED', 'UNDELIVERED', 'EXPIRED']).toContain(state.status);
            expect(state.partCount).toBeGreaterThanOrEqual(before.partCount);
            expect(state.partsDone).toBeGreaterThanOrEqual(before.partsDone);
            // repeated at once, it changes nothing
            expect(applyReply(state, next, perPart)).toBe(state);
          }
          if (answers.length > 0) expect(RANK[state.status]).toBeGreaterThanOrEqual(RANK.SUBMITTED);
        },
      ),
      { numRuns: tries(2000) },
    );
  });

  it("ends the same for any order and repetition of a gateway's replies about a message", () => {
    const ends = {
      refused: 'SUBMIT_FAILED',
      delivered: 'DELIVERED',
      undelivered: 'UNDELIVERED',
      expired: 'EXPIRED',
      silent: 'SUBMITTED',
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...FATES).chain((fate) => fc.tuple(fc.constant(fate), shuffled(answersOf(fate, 'g1')))),
        ([fate, answers]) => {
          const end = applyAll(ledgerMessage(), answers, false);
          expect(end.status).toBe(ends[fate]);
          expect(end.gatewayMsgId).toBe('g1');
          expect(end.submitted).toBe(fate !== 'refused');
          expect(end.partsDone).toBe(fate === 'delivered' ? 1 : 0);
        },
      ),
      { numRuns: tries(1000) },
    );
  });

  it("ends the same for any order and repetition of a gateway's replies about the segments of a message", () => {
    const parts = fc.array(fc.constantFrom(...FATES), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(
        parts.chain((fates) =>
          fc.tuple(fc.constant(fates), shuffled(fates.flatMap((fate, no) => answersOf(fate, `g${no + 1}`)))),
        ),
        ([fates, answers]) => {
          const end = applyAll(ledgerMessage({ partCount: fates.length }), answers, true);
          const bad = fates.some((fate) => !['delivered', 'silent'].includes(fate));
          const all = fates.every((fate) => fate === 'delivered');
          expect(end.status).toBe(bad ? 'UNDELIVERED' : all ? 'DELIVERED' : 'SUBMITTED');
          expect(end.partsDone).toBe(fates.filter((fate) => fate === 'delivered').length);
          expect(end.segments.map((part) => part.segmentNo)).toEqual(fates.map((_, no) => no + 1));
        },
      ),
      { numRuns: tries(1000) },
    );
  });

  it('finds a segment by its id in every spelling', () => {
    const spelt = ['ab1', 'AB1', '00aB1', '0ab1'].map((id) => report(id, 'DELIVERED'));
    const state = applyAll(ledgerMessage({ partCount: 2 }), spelt, true);
    expect(state).toMatchObject({
      status: 'SUBMITTED',
      partsDone: 1,
      segments: [{ gatewayMsgId: 'ab1', segmentNo: 1 }],
    });
  });

  it('is not delivered when a segment is refused without an id', () => {
    const state = applyAll(ledgerMessage({ partCount: 2 }), [submit('a', true), submit('0', false)], true);
    expect(state.status).toBe('UNDELIVERED');
  });

  it('forgets why it was thought lost when it appears', () => {
    const state = applyReply(
      ledgerMessage({ status: 'UNKNOWN', reason: 'NO_REPORT' }),
      report('a', 'DELIVERED'),
      false,
    );
    expect(state).toMatchObject({ status: 'DELIVERED', reason: null });
  });

  it.each([
    ['before any report', [submit('a', true), submit('b', true), report('a', 'DELIVERED'), report('b', 'UNDELIVERED')]],
    [
      'after the first segment was reported',
      [submit('a', true), report('a', 'DELIVERED'), submit('b', true), report('b', 'UNDELIVERED')],
    ],
    ['by its report', [submit('a', true), report('a', 'DELIVERED'), report('b', 'UNDELIVERED')]],
  ])('counts a segment beyond the expected number, known %s', (_, answers) => {
    const state = applyAll(ledgerMessage({ partCount: 1 }), answers, true);
    expect(state).toMatchObject({ status: 'UNDELIVERED', partCount: 2, partsDone: 1 });
    const whole = answers.map((answer) =>
      answer.kind === 'report' ? report(answer.gatewayMsgId, 'DELIVERED') : answer,
    );
    expect(applyAll(ledgerMessage({ partCount: 1 }), whole, true)).toMatchObject({ status: 'DELIVERED', partsDone: 2 });
  });

  it('has three segments where two were expected', () => {
    const answers = ['a', 'b', 'c'].map((id) => submit(id, true));
    const reports = [report('a', 'DELIVERED'), report('b', 'DELIVERED')];
    const open = applyAll(ledgerMessage({ partCount: 2 }), [...answers, ...reports], true);
    expect(open).toMatchObject({ status: 'SUBMITTED', partCount: 3 });
    expect(applyReply(open, report('c', 'UNDELIVERED'), true).status).toBe('UNDELIVERED');
    expect(applyReply(open, report('c', 'DELIVERED'), true).status).toBe('DELIVERED');
  });
});
