import type { LedgerMessage } from '../../../services/report-collector/core/collect-plan';
import type { ReportRow } from '../../../services/report-collector/core/exchange-rows';
import { createFindByMsgId } from '../../../services/report-collector/core/match-msg-id';
import { createMatchReport } from '../../../services/report-collector/core/match-report';
import { nextTryAt, planReports } from '../../../services/report-collector/core/plan-reports';
import { planResp } from '../../../services/report-collector/core/plan-resp';
import { loadExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { NOW } from '../../support/sms-send-message';
import { ledgerMessage, reportRow } from './ledger-message';

const wait = { waitMs: 600_000, retryMinMs: 100, retryMaxMs: 30_000 };
const mapping = loadExchangeMapping();
const rules = { mapping, country: 'CN' as const, wait };

describe('finding the message of a report', () => {
  const a = ledgerMessage({ messageId: 'a', gatewayMsgId: '00aB', sentMs: 1 });
  const b = ledgerMessage({ messageId: 'b', gatewayMsgId: 'AB', sentMs: 2, destAddr: '8613900139000' });
  const other = ledgerMessage({ messageId: 'c', gatewayMsgId: '000', sentMs: 9 });
  const match = createMatchReport([a, b, other], 'CN');

  it.each([
    ['MSG_ID wins', { msgId: 'a', gatewayMsgId: 'ab', destAddr: '13900139000' }, 'a'],
    ['blanks around the ids', { msgId: ' a ' }, 'a'],
    ['no number, messages to two people: unmatched', { gatewayMsgId: 'ab' }, undefined],
    ['the one with the number', { gatewayMsgId: 'ab', destAddr: '+86 138 0013 8000' }, 'a'],
    ['a number that fits none of several', { gatewayMsgId: ' 0AB ', destAddr: '12345' }, undefined],
    ['another number', { gatewayMsgId: 'ab', destAddr: '13700137000' }, undefined],
    ['a number after a prefix of the gateway', { gatewayMsgId: 'ab', destAddr: '12593 13900139000' }, 'b'],
    ['a number with hidden digits', { gatewayMsgId: 'ab', destAddr: '139****9000' }, 'b'],
    ['a number with digits hidden in another way', { gatewayMsgId: 'ab', destAddr: '１３９XXXX９０００' }, 'b'],
    ['an unknown MSG_ID', { msgId: 'x', gatewayMsgId: 'ab', destAddr: '13900139000' }, 'b'],
    ['an unknown id', { gatewayMsgId: 'abc' }, undefined],
    ['only zeros are no id', { gatewayMsgId: '00' }, undefined],
  ] as const)('works for %s', (_, change, expected) => {
    expect(match(reportRow(change))?.messageId).toBe(expected);
  });
});

describe('of several messages with one gateway id, a report means', () => {
  const sent = (messageId: string, sentMs: number, change: Partial<LedgerMessage> = {}) =>
    ledgerMessage({ messageId, gatewayMsgId: 'G', sentMs, handedMs: sentMs, status: 'SUBMITTED', ...change });
  const other = { destAddr: '8613900139000' };
  const meant = (messages: readonly LedgerMessage[], change: Partial<ReportRow> = {}) =>
    createMatchReport(messages, 'CN')(reportRow({ gatewayMsgId: 'g', ...change }))?.messageId;

  it.each([
    ['the only one, with any form of its number', [sent('a', 1)], { destAddr: '10698' }, 'a'],
    ['the only one, to another number', [sent('a', 1)], { destAddr: '+86 13900139000' }, undefined],
    ['the newest to one number', [sent('a', 1), sent('b', 3), sent('c', 2)], {}, 'b'],
    [
      'the newest, when the older one is decided',
      [sent('a', 1, { ...other, status: 'DELIVERED' }), sent('b', 2)],
      {},
      'b',
    ],
    ['none, when both are open', [sent('a', 1, other), sent('b', 2)], {}, undefined],
    [
      'none, when only the older one is open',
      [sent('a', 1, other), sent('b', 2, { status: 'DELIVERED' })],
      {},
      undefined,
    ],
    [
      'none that was handed over after the report came',
      [sent('a', NOW)],
      { waited: { eventId: 'e', sourceSeq: '1', firstSeenMs: NOW - 3_600_000, tries: 1 } },
      undefined,
    ],
  ] as const)('%s', (_, messages, change, expected) => {
    expect(meant(messages, change)).toBe(expected);
  });
});

describe('a gateway with hexadecimal ids in one table and decimal ids in the other', () => {
  const match = (known: string, reported: string) =>
    createMatchReport(
      [ledgerMessage({ gatewayMsgId: known })],
      'CN',
      'hex-decimal',
    )(reportRow({ gatewayMsgId: reported })) !== undefined;

  it.each([
    ['1A2B', '6699'],
    ['6699', '1a2b'],
    ['00001a2b', '0006699'],
    ['0x1a2b', '6699'],
    ['FFFFFFFFFFFFFFFF', '18446744073709551615'],
    ['fffffffffffffffe', '-2'],
    ['9223372036854775808', '8000000000000000'],
    ['AB1', 'ab1'],
  ])('means by %s the id %s', (known, reported) => {
    expect(match(known, reported)).toBe(true);
  });

  it.each([
    ['1A2B', '6698'],
    ['18446744073709551616', '0'],
    ['GX1', '1'],
  ])('does not mean by %s the id %s', (known, reported) => {
    expect(match(known, reported)).toBe(false);
  });

  it('finds a segment by both', () => {
    const perPart = {
      ...mapping,
      answers: 'per-part' as const,
      codes: { ...mapping.codes, gatewayMsgId: 'hex-decimal' as const },
    };
    const part = (key: string, segmentNo: number) => ({
      key,
      gatewayMsgId: key,
      segmentNo,
      status: 'SUBMITTED' as const,
      gatewayCode: '0',
    });
    const message = ledgerMessage({
      gatewayMsgId: '1A',
      partCount: 2,
      status: 'SUBMITTED',
      segments: [part('1A', 1), part('1B', 2)],
    });
    const rows = [reportRow({ gatewayMsgId: '26' }), reportRow({ id: '2', gatewayMsgId: '27' })];
    const plan = planReports(rows, [message], { ...rules, mapping: perPart }, NOW);
    expect(plan.statuses).toMatchObject([
      { status: 'SUBMITTED', partNo: 1 },
      { status: 'DELIVERED', partNo: 2 },
    ]);
    expect(plan.segments.map(({ key }) => key)).toEqual(['1A', '1B']);
  });
});

describe('a waiting report is tried again', () => {
  it('soon, then after twice the time, never later than its end', () => {
    const tries = [0, 1, 2, 8, 9, 40].map((tried) => nextTryAt(tried, NOW, NOW, wait) - NOW);
    expect(tries).toEqual([100, 200, 400, 25_600, 30_000, 30_000]);
    expect(nextTryAt(9, NOW, NOW + 590_000, wait)).toBe(NOW + 600_000);
  });

  it('then at growing intervals, while it is kept', () => {
    const remember = { ...wait, rememberMs: 72 * 3_600_000 };
    let at = NOW + wait.waitMs;
    let tries = 0;
    while (at < NOW + remember.rememberMs) {
      const next = nextTryAt(20 + tries, NOW, at, remember);
      expect(next - at).toBeLessThanOrEqual(Math.max(30_000, Math.min(3_600_000, (at - NOW) / 10 + 1)));
      at = next;
      tries += 1;
    }
    expect(at).toBe(NOW + remember.rememberMs);
    expect(tries).toBeLessThan(120);
  });
});

describe('the plan of a batch of reports', () => {
  it('applies each reply to the state after the one before, and writes the message once', () => {
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

  it('writes nothing for a message that the replies do not change', () => {
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

  it("gives a waiting report its row's eventId, and no other one", () => {
    const early = planReports([reportRow({ id: '77' })], [], rules, NOW);
    const [kept] = early.waiting;
    expect(kept).toMatchObject({ sourceSeq: '77', firstSeenMs: NOW, nextTryMs: NOW + 100, tries: 1 });
    const again = reportRow({
      id: '5',
      waited: { eventId: kept!.eventId, sourceSeq: '77', firstSeenMs: NOW, tries: 1 },
    });
    const at = (ms: number) => planReports([again], [], rules, NOW + ms);
    expect(at(599_999).waiting).toMatchObject([{ eventId: kept!.eventId, sourceSeq: '77', tries: 2 }]);
    expect(at(600_000).statuses).toMatchObject([{ messageId: 'gateway:g1', matched: false, status: 'DELIVERED' }]);
    const [published] = at(600_000).statuses;
    expect(at(700_000).statuses[0]?.eventId).toBe(published?.eventId);
    const found = planReports([again], [ledgerMessage({ gatewayMsgId: 'g1' })], rules, NOW + 600_000);
    // a collector that is killed between the unmatched event and its commit finds the message at
    // the next try
    expect(found.statuses[0]?.eventId).not.toBe(published?.eventId);
    const direct = planReports([reportRow({ id: '77' })], [ledgerMessage({ gatewayMsgId: 'g1' })], rules, NOW);
    expect(direct.statuses[0]?.eventId).toBe(kept!.eventId);
    const others = [{ id: '78' }, { id: '77', doneMs: 1 }, { id: '77', stat: 'UNDELIV' }, { id: '77', destAddr: '1' }];
    const ids = others.map((change) => planReports([reportRow(change)], [], rules, NOW).waiting[0]?.eventId);
    expect(new Set([...ids, kept!.eventId]).size).toBe(5);
  });

  it('names a report without a gateway id by its MSG_ID', () => {
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
  ] as const)('include the report %j: %s', (change, reason, message) => {
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
  ] as const)('include the submit result %j: %s', (change, reason) => {
    const row = { id: '1', msgId: 'm-1', gatewayMsgId: 'g', result: '0', resultDesc: null, respMs: null };
    const plan = planResp([{ ...row, ...change }, row], createFindByMsgId([ledgerMessage()]), mapping, NOW);
    expect(plan.letters).toMatchObject([{ reason }]);
    expect(plan.statuses).toMatchObject([{ status: 'SUBMITTED' }]);
  });

  it.each(['０', '\u0000 00\u0000\u0000', '\ufeff0\u200b', ' 000 '])(
    'do not include the submit result %j, a success',
    (result) => {
      const row = {
        id: '1',
        msgId: '\u0000m-1\u0000',
        gatewayMsgId: 'g\u0000',
        result,
        resultDesc: null,
        respMs: null,
      };
      const { statuses } = planResp([row], createFindByMsgId([ledgerMessage()]), mapping, NOW);
      expect(statuses).toMatchObject([{ messageId: 'm-1', status: 'SUBMITTED', gatewayMessageId: 'g' }]);
    },
  );
});

/** Texts and values for "no time", and times that no reply can have. */
const NO_TIMES = [
  new Date('0001-01-01T00:00:00Z').getTime(),
  new Date('0000-01-01T00:00:00Z').getTime(),
  new Date('1753-01-01T00:00:00Z').getTime(),
  new Date('1900-01-01T00:00:00Z').getTime(),
  0,
  -28_800_000,
  new Date('2000-01-01T00:00:00Z').getTime(),
  new Date('2099-12-31T00:00:00Z').getTime(),
  new Date('9999-12-31T23:59:59Z').getTime(),
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
];

describe('the other columns of a reply', () => {
  const wide = (text: string, width = 40) => text.padEnd(width);
  const message = ledgerMessage({ gatewayMsgId: 'g1', destAddr: '8613800138000' });

  it.each(NO_TIMES)('may hold the time %d, which counts as none', (ms) => {
    const plan = planReports([reportRow({ doneMs: ms, submitMs: ms })], [message], rules, NOW);
    expect(plan.letters).toEqual([]);
    expect(plan.statuses).toMatchObject([{ status: 'DELIVERED', occurredAt: NOW }]);
    const [early] = planReports([reportRow({ doneMs: ms, submitMs: NOW - 5 })], [], rules, NOW).waiting;
    expect(early).toMatchObject({ doneMs: null, submitMs: NOW - 5 });
    const row = { id: '1', msgId: 'm-1', gatewayMsgId: 'g', result: '0', resultDesc: null, respMs: ms };
    const resp = planResp([row], createFindByMsgId([ledgerMessage()]), mapping, NOW);
    expect(resp.statuses).toMatchObject([{ status: 'SUBMITTED', occurredAt: NOW }]);
  });

  it.each([
    [
      'padding of every column',
      {
        stat: wide('DELIVRD'),
        errCode: wide('000', 60),
        destAddr: wide('13800138000', 60),
        gatewayMsgId: wide('g1', 80),
      },
    ],
    [
      'a remark in ERR_CODE',
      {
        errCode: '短信已经成功送达用户手机，用户在服务区内并已开机，网络状态正常，请勿重复发送，谢谢您的使用'.repeat(3),
      },
    ],
    ['a number that is too long', { destAddr: 'x'.repeat(300) }],
    ['a MSG_ID that is too long', { msgId: 'x'.repeat(300) }],
  ])('%s', (_, change) => {
    const [at] = planReports([reportRow(change)], [message], rules, NOW).statuses;
    expect(at).toMatchObject({ status: 'DELIVERED', matched: true, gatewayCode: 'DELIVRD' });
    const { waiting, letters } = planReports([reportRow(change)], [], rules, NOW);
    expect(letters).toEqual([]);
    expect(waiting[0]?.errCode?.length).toBeLessThanOrEqual(32);
    expect((waiting[0]?.destAddr ?? '').length).toBeLessThanOrEqual(40);
  });

  it('may hold a gateway id that is too long, and padding, in a submit result', () => {
    const row = {
      id: '1',
      msgId: wide('m-1', 90),
      gatewayMsgId: 'x'.repeat(65),
      result: wide('0'),
      resultDesc: 'y'.repeat(5000),
      respMs: null,
    };
    const plan = planResp([row], createFindByMsgId([ledgerMessage()]), mapping, NOW);
    expect(plan.statuses).toMatchObject([{ status: 'SUBMITTED', gatewayMessageId: null, gatewayCode: '0' }]);
    expect(plan.statuses[0]?.gatewayMessage).toHaveLength(1000);
  });
});

describe('a report with an unknown code', () => {
  it('is kept with the message, counted and named', () => {
    const message = ledgerMessage({ gatewayMsgId: 'g1', status: 'SUBMITTED', submitted: true, gatewayCode: '0' });
    const plan = planReports(
      [reportRow({ stat: 'ODD:77 ' }), reportRow({ id: '2', stat: 'ACCEPTD' })],
      [message],
      rules,
      NOW,
    );
    expect(plan.settlements).toMatchObject([
      { message: { status: 'SUBMITTED', gatewayCode: 'ODD:77', reason: 'REPORT_CODE_UNKNOWN' }, finalNow: false },
    ]);
    expect(plan.outcomes).toEqual({ code_unknown: 1, unchanged: 1 });
    expect(plan.unknownCodes).toEqual(['ODD:77']);
    const [delivered] = planReports([reportRow()], [plan.settlements[0]!.message], rules, NOW).settlements;
    expect(delivered?.message).toMatchObject({ status: 'DELIVERED', reason: null, gatewayCode: 'DELIVRD' });
  });
});

describe('a report that was published as unmatched', () => {
  const remembered = { ...rules, wait: { ...wait, rememberMs: 72 * 3_600_000 } };
  const told = (change: Partial<NonNullable<ReportRow['waited']>> = {}) =>
    reportRow({ waited: { eventId: 'e-1', sourceSeq: '7', firstSeenMs: NOW, tries: 9, ...change } });

  it('is published once, kept, and applied to its message when that appears', () => {
    const first = planReports([told()], [], remembered, NOW + 600_000);
    expect(first.statuses).toMatchObject([{ matched: false }]);
    expect(first.waiting).toMatchObject([{ eventId: 'e-1', told: true }]);
    expect(first.outcomes).toEqual({ unmatched: 1 });
    const again = planReports([told({ told: true })], [], remembered, NOW + 7_200_000);
    expect(again).toMatchObject({ statuses: [], outcomes: { waiting: 1 } });
    const found = planReports(
      [told({ told: true })],
      [ledgerMessage({ gatewayMsgId: 'g1' })],
      remembered,
      NOW + 7_200_000,
    );
    expect(found.statuses).toMatchObject([{ matched: true, status: 'DELIVERED', messageId: 'm-1' }]);
    expect(found.statuses[0]?.eventId).not.toBe(first.statuses[0]?.eventId);
    const end = planReports([told({ told: true })], [], remembered, NOW + 72 * 3_600_000);
    expect(end).toMatchObject({ statuses: [], waiting: [], outcomes: { forgotten: 1 } });
  });
});

describe('temporary submit results', () => {
  const row = (id: string, result: string, gatewayMsgId: string | null) => ({
    id,
    msgId: 'm-1',
    gatewayMsgId,
    result,
    resultDesc: null,
    respMs: null,
  });
  const resp = (rows: readonly ReturnType<typeof row>[], message = ledgerMessage(), own = mapping) =>
    planResp(rows, createFindByMsgId([message]), own, NOW);

  it('leave the message open, with an event that is not final', () => {
    const plan = resp([row('1', '8', null)]);
    expect(plan.statuses).toMatchObject([
      { status: 'SUBMIT_FAILED', isFinal: false, gatewayCode: '8', reason: 'SUBMIT_NOT_FINAL' },
    ]);
    expect(plan.settlements).toMatchObject([
      { message: { status: 'HANDED', gatewayCode: '8' }, submittedNow: false, finalNow: false },
    ]);
    const taken = resp([row('2', '0', 'g')], plan.settlements[0]!.message);
    expect(taken.settlements).toMatchObject([
      { message: { status: 'SUBMITTED', reason: null, gatewayCode: '0' }, submittedNow: true },
    ]);
  });

  it('have configured codes', () => {
    const own = { ...mapping, codes: { ...mapping.codes, submitTemporary: '^(8|88)$' } };
    expect(resp([row('1', '88', null)], undefined, own).statuses).toMatchObject([{ isFinal: false }]);
    expect(resp([row('1', '88', null)]).statuses).toMatchObject([{ isFinal: true }]);
  });

  it('do not keep a message from being sent and delivered afterwards, by the id of either result', () => {
    const { settlements, segments } = resp([row('1', '17', 'A'), row('2', '0', 'B')]);
    const { message } = settlements[0]!;
    expect(message).toMatchObject({ status: 'SUBMIT_FAILED', gatewayMsgId: 'B', submitted: true });
    expect(segments).toMatchObject([{ key: 'A', segmentNo: 0 }]);
    for (const gatewayMsgId of ['a', 'b']) {
      const plan = planReports([reportRow({ gatewayMsgId })], [message], rules, NOW);
      expect(plan.settlements).toMatchObject([{ message: { status: 'DELIVERED' }, finalNow: true }]);
    }
  });

  it('make the message known by every id of its results; an empty one finds none', () => {
    const ids = ['0', '-', 'null', '00000000-0000-0000-0000-000000000000', 'A', 'B', 'N/A', 'C'];
    const { settlements } = resp(ids.map((id, no) => row(String(no), '0', id)));
    const { message } = settlements[0]!;
    expect(message.gatewayMsgId).toBe('A');
    const found = [...ids, 'D'].map((gatewayMsgId) =>
      planReports([reportRow({ gatewayMsgId })], [message], rules, NOW).waiting.length === 0 ? gatewayMsgId : '',
    );
    expect(found.filter((id) => id !== '')).toEqual(['A', 'B', 'C']);
  });
});
