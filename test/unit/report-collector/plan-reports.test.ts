import { createFindByMsgId } from '../../../services/report-collector/core/match-msg-id';
import { createMatchReport } from '../../../services/report-collector/core/match-report';
import { nextTryAt, planReports } from '../../../services/report-collector/core/plan-reports';
import { planResp } from '../../../services/report-collector/core/plan-resp';
import { loadExchangeNames } from '../../../services/shared/exchange/exchange-names';
import { NOW } from '../../support/sms-send-message';
import { ledgerMessage, reportRow } from './ledger-message';

const wait = { waitMs: 600_000, retryMinMs: 100, retryMaxMs: 30_000 };
const names = loadExchangeNames();
const rules = { names, country: 'CN' as const, wait };

describe('which message a report is about', () => {
  const a = ledgerMessage({ messageId: 'a', gatewayMsgId: '00aB', sentMs: 1 });
  const b = ledgerMessage({ messageId: 'b', gatewayMsgId: 'AB', sentMs: 2, destAddr: '8613900139000' });
  const other = ledgerMessage({ messageId: 'c', gatewayMsgId: '000', sentMs: 9 });
  const match = createMatchReport([a, b, other], 'CN');

  it.each([
    ['MSG_ID wins', { msgId: 'a', gatewayMsgId: 'ab', destAddr: '13900139000' }, 'a'],
    ['blanks around the ids', { msgId: ' a ' }, 'a'],
    ['the newest with the id', { gatewayMsgId: 'ab' }, 'b'],
    ['the one with the number', { gatewayMsgId: 'ab', destAddr: '+86 138 0013 8000' }, 'a'],
    ['a strange number refuses nothing', { gatewayMsgId: ' 0AB ', destAddr: '12345' }, 'b'],
    ['an unknown MSG_ID', { msgId: 'x', gatewayMsgId: 'ab' }, 'b'],
    ['an unknown id', { gatewayMsgId: 'abc' }, undefined],
    ['nothing but zeros is no id', { gatewayMsgId: '00' }, undefined],
  ] as const)('%s', (_, change, expected) => {
    expect(match(reportRow(change))?.messageId).toBe(expected);
  });
});

describe('when a waiting report is tried again', () => {
  it('soon, then after twice the time, never later than its end', () => {
    const tries = [0, 1, 2, 8, 9, 40].map((tried) => nextTryAt(tried, NOW, NOW, wait) - NOW);
    expect(tries).toEqual([100, 200, 400, 25_600, 30_000, 30_000]);
    expect(nextTryAt(9, NOW, NOW + 590_000, wait)).toBe(NOW + 600_000);
  });
});

describe('the plan of a batch of reports', () => {
  it('builds each answer on the one before, and writes the message once', () => {
    const rows = [
      reportRow({ id: '1', stat: 'ACCEPTD' }),
      reportRow({ id: '2' }),
      reportRow({ id: '3', stat: 'UNDELIV' }),
    ];
    const plan = planReports(rows, [ledgerMessage({ gatewayMsgId: 'G1', context: 'mine' })], rules, NOW);
    expect(plan.statuses.map(({ status, isFinal }) => [status, isFinal])).toEqual([
      ['SUBMITTED', false],
      ['DELIVERED', true],
      ['DELIVERED', true],
    ]);
    expect(plan.statuses[0]).toMatchObject({ context: 'mine', occurredAt: NOW, partCount: 1, partNo: null });
    expect(plan.settlements).toMatchObject([
      { message: { messageId: 'm-1', status: 'DELIVERED', partsDone: 1 }, submittedNow: true, finalNow: true },
    ]);
    expect(plan.outcomes).toEqual({ submitted: 1, delivered: 1, unchanged: 1 });
  });

  it('writes nothing about a message that the answers leave as it is', () => {
    const settled = ledgerMessage({ gatewayMsgId: 'G1', gatewayCode: 'DELIVRD', status: 'DELIVERED', submitted: true });
    const plan = planReports([reportRow()], [settled], rules, NOW);
    expect(plan).toMatchObject({ settlements: [], outcomes: { unchanged: 1 } });
    expect(plan.statuses).toMatchObject([{ status: 'DELIVERED', isFinal: true }]);
  });

  it('takes ERR_CODE for the code when STAT is empty', () => {
    const plan = planReports(
      [reportRow({ stat: ' ', errCode: 'MK:0001' })],
      [ledgerMessage({ gatewayMsgId: 'G1' })],
      rules,
      NOW,
    );
    expect(plan.statuses).toMatchObject([{ status: 'UNDELIVERED', gatewayCode: 'MK:0001' }]);
  });

  it('gives a report that waited the eventId that its row had, and nobody else’s', () => {
    const early = planReports([reportRow({ id: '77' })], [], rules, NOW);
    const [kept] = early.waiting;
    expect(kept).toMatchObject({ sourceSeq: '77', firstSeenMs: NOW, nextTryMs: NOW + 100, tries: 1 });
    const again = reportRow({
      id: '5',
      waited: { eventId: kept!.eventId, sourceSeq: '77', firstSeenMs: NOW, tries: 1 },
    });
    const at = (ms: number) => planReports([again], [], rules, NOW + ms);
    expect(at(599_999).waiting).toMatchObject([{ eventId: kept!.eventId, sourceSeq: '77', tries: 2 }]);
    expect(at(600_000).statuses).toMatchObject([
      { eventId: kept!.eventId, messageId: 'gateway:g1', matched: false, status: 'DELIVERED' },
    ]);
    const direct = planReports([reportRow({ id: '77' })], [ledgerMessage({ gatewayMsgId: 'g1' })], rules, NOW);
    expect(direct.statuses[0]?.eventId).toBe(kept!.eventId);
    const others = [{ id: '78' }, { id: '77', doneMs: 1 }, { id: '77', stat: 'UNDELIV' }, { id: '77', destAddr: '1' }];
    const ids = others.map((change) => planReports([reportRow(change)], [], rules, NOW).waiting[0]?.eventId);
    expect(new Set([...ids, kept!.eventId]).size).toBe(5);
  });

  it('calls a report without a gateway id by the MSG_ID it gave', () => {
    const row = reportRow({ gatewayMsgId: null, msgId: 'their-own', stat: 'ODD' });
    const plan = planReports([row], [], { ...rules, wait: { ...wait, waitMs: 0 } }, NOW);
    expect(plan.statuses).toMatchObject([{ messageId: 'gateway:their-own', status: 'UNKNOWN', isFinal: false }]);
  });
});

describe('rows that cannot be used', () => {
  const long = 'x'.repeat(65);
  it.each([
    [{ gatewayMsgId: ' ', msgId: null }, 'ROW_VALUE_MISSING', /MSG_ID and GATEWAY_MSG_ID are empty/],
    [{ stat: null, errCode: '' }, 'ROW_VALUE_MISSING', /STAT and ERR_CODE/],
    [{ gatewayMsgId: long }, 'ROW_TEXT_TOO_LONG', /GATEWAY_MSG_ID has 65 characters, at most 64/],
    [{ stat: long }, 'ROW_TEXT_TOO_LONG', /STAT/],
    [{ doneMs: Number.POSITIVE_INFINITY }, 'ROW_TIME_INVALID', /DONE_TIME/],
    [{ submitMs: -1 }, 'ROW_TIME_INVALID', /SUBMIT_TIME/],
  ] as const)('report %j: %s', (change, reason, message) => {
    const plan = planReports(
      [reportRow(change), reportRow({ id: '2' })],
      [ledgerMessage({ gatewayMsgId: 'g1' })],
      rules,
      NOW,
    );
    expect(plan.letters).toMatchObject([{ row: { id: '1' }, reason, message: expect.stringMatching(message) }]);
    expect(plan.letters[0]?.message).not.toContain(long);
    expect(plan.statuses).toHaveLength(1);
    expect(plan.outcomes).toEqual({ set_aside: 1, delivered: 1 });
  });

  it.each([
    [{ msgId: null }, 'ROW_VALUE_MISSING'],
    [{ result: ' ' }, 'ROW_VALUE_MISSING'],
    [{ msgId: long }, 'ROW_TEXT_TOO_LONG'],
    [{ respMs: Date.UTC(2101, 0) }, 'ROW_TIME_INVALID'],
  ] as const)('submit result %j: %s', (change, reason) => {
    const row = { id: '1', msgId: 'm-1', gatewayMsgId: 'g', result: '0', resultDesc: null, respMs: null };
    const plan = planResp([{ ...row, ...change }, row], createFindByMsgId([ledgerMessage()]), names, NOW);
    expect(plan.letters).toMatchObject([{ reason }]);
    expect(plan.statuses).toMatchObject([{ status: 'SUBMITTED' }]);
  });
});
