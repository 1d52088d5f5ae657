import fc from 'fast-check';
import { planReceived } from '../../../services/report-collector/core/plan-received';
import { createRoute, createToExtension } from '../../../services/report-collector/core/route-inbound';
import { loadExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { NOW } from '../../support/sms-send-message';

const mapping = loadExchangeMapping();
const rules = { mapping, country: 'CN' as const };
const row = { id: '1', srcAddr: '13800138000', destAddr: '10698001', content: 'TD', msgFmt: null, recvMs: NOW - 9 };

describe('the extension that a customer wrote to', () => {
  const toExtension = createToExtension('106980', 'CN');
  it.each([
    ['10698001', '01'],
    ['106980', ''],
    ['8610698001', '01'],
    ['+8610698001', '01'],
    ['008610698001', '01'],
    [' 106980-01 ', '01'],
    ['\u202d１０６９８００１\u202c', '01'],
    ['tel:+86 106980-01', '01'],
    ['95598', undefined],
    ['', undefined],
  ])('is %s: %s', (destAddr, extension) => {
    expect(toExtension(destAddr)).toBe(extension);
  });
  it('is the whole number without an access number', () => {
    expect(createToExtension('', 'CN')('0188')).toBe('0188');
  });
});

describe('the route of a received message', () => {
  const route = createRoute([
    { appId: 'billing', extCode: '01' },
    { appId: 'outage', extCode: '0188' },
    { appId: 'portal', extCode: '0188' },
    { appId: 'silent', extCode: null },
    { appId: 'empty', extCode: '' },
  ]);
  it.each([
    ['01', 'billing'],
    ['0187', 'billing'],
    ['0188', 'outage'],
    ['01889', 'outage'],
    ['0', undefined],
    ['', undefined],
    ['9', undefined],
  ])('is %s: %s', (extension, appId) => {
    expect(route(extension)?.appId).toBe(appId);
  });

  it('is the longest extension that fits, for any applications', () => {
    const digits = fc.stringMatching(/^[01]{1,5}$/);
    fc.assert(
      fc.property(fc.array(digits), fc.stringMatching(/^[01]{0,7}$/), (extensions, written) => {
        const found = createRoute(extensions.map((extCode, no) => ({ appId: `app-${no}`, extCode })))(written);
        const fitting = extensions.filter((extCode) => written.startsWith(extCode)).map((extCode) => extCode.length);
        expect(found?.extCode.length).toBe(fitting.length === 0 ? undefined : Math.max(...fitting));
      }),
    );
  });
});

describe('the plan of received rows', () => {
  const route = () => ({ appId: 'billing', extCode: '01' });

  it('normalises the sender, keeps the number written to, and gives a row the same id every time', () => {
    const plan = planReceived([row], route, rules, NOW);
    expect(plan.received).toEqual([
      {
        receivedId: plan.received[0]?.receivedId,
        from: '8613800138000',
        to: '10698001',
        extCode: '01',
        appId: 'billing',
        content: 'TD',
        receivedAt: NOW - 9,
        recordedAt: NOW,
        attempt: 1,
      },
    ]);
    expect(planReceived([row], () => undefined, rules, NOW + 1).received[0]?.receivedId).toBe(
      plan.received[0]?.receivedId,
    );
    const others = planReceived(
      [
        { ...row, id: '2' },
        { ...row, content: 'T' },
        { ...row, recvMs: null },
      ],
      route,
      rules,
      NOW,
    );
    expect(new Set([...plan.received, ...others.received].map(({ receivedId }) => receivedId)).size).toBe(4);
  });

  it('publishes a message without a route, and an empty text', () => {
    const plan = planReceived([{ ...row, content: null, srcAddr: '10086', recvMs: null }], () => undefined, rules, NOW);
    expect(plan.received).toMatchObject([{ from: '10086', appId: null, extCode: null, content: '', receivedAt: NOW }]);
    expect(plan.outcomes).toEqual({ unrouted: 1 });
  });

  it.each([
    [{ srcAddr: ' ' }, 'ROW_VALUE_MISSING'],
    [{ srcAddr: '\u200e\ufeff' }, 'ROW_VALUE_MISSING'],
    [{ srcAddr: '1'.repeat(33) }, 'ROW_TEXT_TOO_LONG'],
    [{ content: '好'.repeat(4001) }, 'ROW_TEXT_TOO_LONG'],
  ])('sets aside %#: %s', (change, reason) => {
    const plan = planReceived([{ ...row, ...change }, row], route, rules, NOW);
    expect(plan.letters).toMatchObject([{ reason }]);
    expect(plan.received).toHaveLength(1);
  });

  it.each([
    [{ destAddr: null }, { to: '', appId: null }],
    [{ destAddr: ' '.repeat(60) }, { to: '', appId: null }],
    [{ destAddr: '9'.repeat(60) }, { to: '9'.repeat(40) }],
    [{ content: '好'.repeat(4000) }, { content: '好'.repeat(4000) }],
    [{ recvMs: Number.NEGATIVE_INFINITY }, { receivedAt: NOW }],
    [{ recvMs: new Date('0001-01-01T00:00:00Z').getTime() }, { receivedAt: NOW }],
    [{ recvMs: new Date('9999-12-31T00:00:00Z').getTime() }, { receivedAt: NOW }],
  ])('keeps the other columns where possible, %#', (change, expected) => {
    const plan = planReceived([{ ...row, ...change }], route, rules, NOW);
    expect(plan.letters).toEqual([]);
    expect(plan.received).toMatchObject([expected]);
  });

  it('counts characters as the database does', () => {
    expect(planReceived([{ ...row, content: '👍'.repeat(2000) }], route, rules, NOW).letters).toEqual([]);
  });
});
