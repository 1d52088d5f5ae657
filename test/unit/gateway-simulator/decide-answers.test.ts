import * as fc from 'fast-check';
import type { Behaviour, SimulatedRow, TakenRow } from '../../../services/gateway-simulator/core/behaviour';
import { decideAnswers } from '../../../services/gateway-simulator/core/decide-answers';
import { loadExchangeMapping, toReportOutcome } from '../../../shared/exchange/exchange-mapping';
import { countSegments } from '../../../shared/sms/count-segments';
import { normaliseAddress } from '../../../shared/sms/normalise-msisdn';
import { anyCharacter } from '../../support/any-character';
import { tries } from '../../support/tries';
import { plainBehaviour, takenRow } from './simulator-behaviour';

const LONG = '尊敬的客户，'.repeat(30);
const FAILING: Behaviour['reportCodes'] = [
  { code: 'DELIVRD', weight: 1, delivers: true },
  { code: 'UNDELIV', weight: 1, delivers: false },
  { code: 'MK:0001', weight: 1, delivers: false },
];

const ofKind = (answers: readonly SimulatedRow[], kind: SimulatedRow['kind']) =>
  answers.filter((answer) => answer.kind === kind);
const folded = (id: string | null) => (id ?? '').toUpperCase().replace(/^0+/, '');
const rows = (count: number): TakenRow[] =>
  Array.from({ length: count }, (_, i) => takenRow({ msgId: `message-${i}`, gatewayMsgId: `0${i.toString(16)}f` }));

const ratio = fc.constantFrom(0, 0.3, 1);
const anyBehaviour: fc.Arbitrary<Behaviour> = fc
  .record({
    ratios: fc.record({
      submitFailed: ratio,
      noSubmit: ratio,
      duplicateSubmit: ratio,
      noReport: ratio,
      duplicateReport: ratio,
      earlyReport: ratio,
      lateReport: ratio,
      interimReport: ratio,
      unknownReport: ratio,
      nullMsgId: ratio,
      otherId: ratio,
      otherNumber: ratio,
      reply: ratio,
    }),
    seed: fc.string(),
    answers: fc.constantFrom('per-message' as const, 'per-part' as const),
    instant: fc.boolean(),
  })
  .map(({ ratios, seed, answers, instant }) =>
    plainBehaviour(ratios, {
      seed,
      answers,
      reportCodes: FAILING,
      ...(instant ? { submitMs: { min: 0, max: 0 }, reportMs: { min: 0, max: 0 } } : {}),
    }),
  );
const anyRow: fc.Arbitrary<TakenRow> = fc.record({
  msgId: fc.string({ minLength: 1, maxLength: 64 }),
  destAddr: fc.oneof(fc.stringMatching(/^\d{1,20}$/), fc.constant('8613800138000')),
  extCode: fc.stringMatching(/^\d{0,20}$/),
  content: fc.string({ maxLength: 1000, unit: anyCharacter }).filter((text) => text.length <= 1000),
  needReport: fc.boolean(),
  gatewayMsgId: fc.stringMatching(/^[0-9a-f]{16}$/),
});

describe("the province's replies", () => {
  it("are one submit result and one report with the gateway's id by default", () => {
    const [resp, report, ...more] = decideAnswers(takenRow(), plainBehaviour());
    expect(more).toEqual([]);
    expect(resp).toMatchObject({ kind: 'resp', msgId: 'm-1', gatewayMsgId: '00ab34cd56ef7890', code: '0' });
    expect(report).toMatchObject({
      kind: 'report',
      msgId: 'm-1',
      gatewayMsgId: '00ab34cd56ef7890',
      toAddr: '8613800138000',
      code: 'DELIVRD',
      submittedMs: resp?.afterMs,
    });
    expect(resp?.afterMs).toBeGreaterThanOrEqual(10);
    expect(resp?.afterMs).toBeLessThanOrEqual(50);
    expect((report?.afterMs ?? 0) - (resp?.afterMs ?? 0)).toBeGreaterThanOrEqual(100);
    expect((report?.afterMs ?? 0) - (resp?.afterMs ?? 0)).toBeLessThanOrEqual(500);
  });

  it.each([
    ['e164', '8613800138000', '8613800138000'],
    ['00', '008613800138000', '8613800138000'],
    ['plus', '+8613800138000', '8613800138000'],
    ['national', '13800138000', '8613800138000'],
    ['national', '01062345678', '861062345678'],
    ['00', '0013025551234', '+13025551234'],
    ['national', '006591234567', '6591234567'],
  ] as const)(
    'name the recipient in other spellings, of numbers written as %s too (%s)',
    (destAddr, written, number) => {
      for (let seed = 0; seed < 20; seed += 1) {
        const behaviour = plainBehaviour({ otherNumber: 1, reply: 1 }, { seed: `${seed}`, destAddr });
        const answers = decideAnswers(takenRow({ destAddr: written }), behaviour);
        const numbers = answers.flatMap(({ kind, toAddr, fromAddr }) =>
          kind === 'recv' ? [fromAddr] : kind === 'report' ? [toAddr] : [],
        );
        expect(new Set(numbers.map((text) => normaliseAddress(text as string, 'CN')))).toEqual(new Set([number]));
      }
    },
  );

  it('are the same for the same message and seed, fit their columns, and never precede the message', async () => {
    await fc.assert(
      fc.property(anyRow, anyBehaviour, (row, behaviour) => {
        const answers = decideAnswers(row, behaviour);
        expect(decideAnswers({ ...row }, { ...behaviour })).toEqual(answers);
        for (const { afterMs, happenedMs, submittedMs, kind, ...texts } of answers) {
          expect(Number.isInteger(afterMs) && happenedMs >= 0 && afterMs >= happenedMs).toBe(true);
          expect(submittedMs ?? 0).toBeGreaterThanOrEqual(0);
          expect(texts.gatewayMsgId?.length ?? 0).toBeLessThanOrEqual(64);
          expect(texts.toAddr?.length ?? 0).toBeLessThanOrEqual(40);
          expect(texts.fromAddr?.length ?? 0).toBeLessThanOrEqual(40);
          expect(texts.code?.length ?? 0).toBeLessThanOrEqual(32);
          expect(texts.text?.length ?? 0).toBeLessThanOrEqual(kind === 'report' ? 32 : 200);
        }
      }),
      { numRuns: tries(100) },
    );
  });

  it('concern one segment of the message, in every spelling of its id, or no known message', async () => {
    await fc.assert(
      fc.property(anyRow, anyBehaviour, (row, behaviour) => {
        const answers = decideAnswers(row, { ...behaviour, ratios: { ...behaviour.ratios, noSubmit: 0 } });
        const ids = new Set(ofKind(answers, 'resp').map((answer) => folded(answer.gatewayMsgId)));
        expect(ids.size).toBe(behaviour.answers === 'per-part' ? countSegments(row.content) : 1);
        for (const { gatewayMsgId } of ofKind(answers, 'report')) {
          expect(gatewayMsgId?.startsWith('u') || ids.has(folded(gatewayMsgId))).toBe(true);
        }
        const failed = ofKind(answers, 'resp').every(({ code }) => code !== '0');
        if (failed || !row.needReport) {
          expect(ofKind(answers, 'report').filter(({ gatewayMsgId }) => !gatewayMsgId?.startsWith('u'))).toEqual([]);
        }
      }),
      { numRuns: tries(100) },
    );
  });

  it('depend on chance by the message alone: one behaviour that is turned on leaves all other choices unchanged', async () => {
    await fc.assert(
      fc.property(anyRow, anyBehaviour, (row, behaviour) => {
        const without = (turnedOff: Partial<Behaviour['ratios']>) =>
          decideAnswers(row, { ...behaviour, ratios: { ...behaviour.ratios, ...turnedOff } });
        const twice = without({ duplicateReport: 1, duplicateSubmit: 1 });
        const once = without({ duplicateReport: 0, duplicateSubmit: 0 });
        const timeless = ({ afterMs: _, ...answer }: SimulatedRow) => JSON.stringify(answer);
        expect(new Set(twice.map(timeless))).toEqual(new Set(once.map(timeless)));
        expect(once.every((answer) => twice.some((other) => JSON.stringify(other) === JSON.stringify(answer)))).toBe(
          true,
        );
        expect(without({ reply: 0 })).toEqual(without({ reply: 1 }).filter(({ kind }) => kind !== 'recv'));
      }),
      { numRuns: tries(100) },
    );
  });

  it('differ from seed to seed', () => {
    const behaviour = plainBehaviour({ submitFailed: 0.5 });
    const failures = (seed: string) =>
      rows(64).map((row) => decideAnswers(row, { ...behaviour, seed })[0]?.code === '8');
    expect(failures('a')).toEqual(failures('a'));
    expect(failures('a')).not.toEqual(failures('b'));
  });

  it.each([
    ['submitFailed', (answers: readonly SimulatedRow[]) => answers[0]?.code === '8'],
    ['noSubmit', (answers: readonly SimulatedRow[]) => ofKind(answers, 'resp').length === 0],
    ['duplicateSubmit', (answers: readonly SimulatedRow[]) => ofKind(answers, 'resp').length === 2],
    ['noReport', (answers: readonly SimulatedRow[]) => ofKind(answers, 'report').length === 0],
    ['duplicateReport', (answers: readonly SimulatedRow[]) => ofKind(answers, 'report').length === 2],
    ['earlyReport', ([resp, report]: readonly SimulatedRow[]) => (report?.afterMs ?? 0) < (resp?.afterMs ?? 0)],
    [
      'lateReport',
      ([, report]: readonly SimulatedRow[]) => (report?.afterMs ?? 0) - (report?.happenedMs ?? 0) >= 10_000,
    ],
    ['interimReport', (answers: readonly SimulatedRow[]) => answers.some(({ code }) => code === 'ACCEPTD')],
    [
      'unknownReport',
      (answers: readonly SimulatedRow[]) => answers.some(({ gatewayMsgId: id }) => id?.startsWith('u')),
    ],
    ['nullMsgId', ([, report]: readonly SimulatedRow[]) => report?.msgId === null],
    ['otherId', ([resp, report]: readonly SimulatedRow[]) => report?.gatewayMsgId !== resp?.gatewayMsgId],
    ['otherNumber', ([, report]: readonly SimulatedRow[]) => report?.toAddr !== '8613800138000'],
    ['reply', (answers: readonly SimulatedRow[]) => ofKind(answers, 'recv').length === 1],
  ] as const)('include %s as often as configured', (name, happened) => {
    const share = (configured: number, count = 4000) =>
      rows(count).filter((row) => happened(decideAnswers(row, plainBehaviour({ [name]: configured })))).length / count;
    expect(share(0, 500)).toBe(0);
    expect(share(1, 500)).toBe(1);
    expect(Math.abs(share(0.1) - 0.1)).toBeLessThan(0.02);
  });

  it('use every code by its weight', () => {
    const counts = new Map<string, number>();
    const behaviour = plainBehaviour(
      {},
      { reportCodes: FAILING.map((code, i) => ({ ...code, weight: [90, 10, 0][i] ?? 0 })) },
    );
    for (const row of rows(4000)) {
      const code = decideAnswers(row, behaviour)[1]?.code ?? '';
      counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['DELIVRD', 'UNDELIV']);
    expect(Math.abs((counts.get('UNDELIV') ?? 0) - 400)).toBeLessThan(80);
  });

  it('come for each segment of a long message; a fault hits one of them', () => {
    const parts = countSegments(LONG);
    expect(parts).toBeGreaterThan(1);
    const behaviour = plainBehaviour({}, { answers: 'per-part', reportCodes: FAILING.slice(1) });
    const answers = decideAnswers(takenRow({ content: LONG }), {
      ...behaviour,
      reportCodes: [{ code: 'DELIVRD', weight: 0, delivers: true }, ...behaviour.reportCodes],
    });
    const ids = ofKind(answers, 'resp').map(({ gatewayMsgId }) => gatewayMsgId);
    expect(new Set(ids).size).toBe(parts);
    expect(ids.every((id) => id?.startsWith('00ab34cd56ef7890'))).toBe(true);
    expect(ofKind(answers, 'report').map(({ gatewayMsgId }) => gatewayMsgId)).toEqual(ids);
    const outcomes = ofKind(answers, 'report').map(({ code }) =>
      toReportOutcome(code ?? '', loadExchangeMapping().codes),
    );
    expect(outcomes.filter(({ status }) => status !== 'DELIVERED')).toHaveLength(1);
    expect(ofKind(decideAnswers(takenRow({ content: LONG }), plainBehaviour()), 'resp')).toHaveLength(1);
  });

  it("include a customer's reply to the sender's extension", () => {
    const [reply] = ofKind(decideAnswers(takenRow(), plainBehaviour({ reply: 1 })), 'recv');
    expect(reply).toMatchObject({ fromAddr: '8613800138000', toAddr: '10698001', gatewayMsgId: null, msgId: null });
    expect(reply?.text).toBeTruthy();
    const texts = new Set(
      rows(500).flatMap((row) =>
        ofKind(decideAnswers(row, plainBehaviour({ reply: 1 })), 'recv').map(({ text }) => text),
      ),
    );
    expect(texts).toContain('TD');
    expect(texts).toContain('退订');
  });
});
