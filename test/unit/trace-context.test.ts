import fc from 'fast-check';
import { selectTraces } from '../../services/exchange-relay/core/select-traces';
import { failed, ok } from '../../shared/result';
import { parseTraceContext, toTraceHeaders } from '../../shared/trace-context';
import { smsSendMessage } from '../support/sms-send-message';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const PARENT = `00-${TRACE}-${SPAN}-01`;

const parentOf = (traceparent: string | undefined) => parseTraceContext(traceparent, undefined)?.traceparent;
const stateOf = (tracestate: string) => parseTraceContext(PARENT, tracestate)?.tracestate;

describe('traceparent', () => {
  it.each([
    ['unchanged', PARENT, PARENT],
    ['not sampled, with flags of later levels', `00-${TRACE}-${SPAN}-fe`, `00-${TRACE}-${SPAN}-fe`],
    ['of a later version', `cc-${TRACE}-${SPAN}-03`, `00-${TRACE}-${SPAN}-01`],
    ['of a later version with more fields', `01-${TRACE}-${SPAN}-00-what.ever`, `00-${TRACE}-${SPAN}-00`],
  ])('accepts %s', (_, text, expected) => {
    expect(parentOf(text)).toBe(expected);
  });

  it.each([
    ['none', undefined],
    ['empty', ''],
    ['upper case', PARENT.toUpperCase()],
    ['no trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['no parent', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['the forbidden version', `ff-${TRACE}-${SPAN}-01`],
    ['version 00 with more fields', `${PARENT}-00`],
    ['a later version that continues without a dash', `01-${TRACE}-${SPAN}-01x`],
    ['a later version without a trace', `01-${'0'.repeat(32)}-${SPAN}-01`],
    ['too short', PARENT.slice(0, -1)],
    ['sent twice', `${PARENT}, ${PARENT}`],
    ['another separator', PARENT.replaceAll('-', '_')],
    ['a second line', `${PARENT}\n`],
    ['endless', `01-${TRACE}-${SPAN}-01-${'x'.repeat(1000)}`],
  ])('ignores %s', (_, text) => {
    expect(parentOf(text)).toBeUndefined();
  });

  it('is valid when it is passed on, for any text received', () => {
    const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdefA-') });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          hex,
          hex.map((tail) => `01-${TRACE}-${SPAN}-01${tail}`),
        ),
        fc.string(),
        (one, two) => {
          const trace = parseTraceContext(one, two);
          if (trace === null) return;
          expect(parentOf(trace.traceparent)).toBe(trace.traceparent);
          if (trace.tracestate !== null) expect(stateOf(trace.tracestate)).toBe(trace.tracestate);
        },
      ),
    );
  });
});

describe('tracestate', () => {
  it.each([
    ['congo=t61rcWkgMzE', 'congo=t61rcWkgMzE'],
    ['rojo=00f067aa0ba902b7,\t congo=t61rcWkgMzE ', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'],
    ['fw529a3039@dt=FfFf, ,a_b-c*d/e=x y', 'fw529a3039@dt=FfFf,a_b-c*d/e=x y'],
  ])('passes %s on', (text, expected) => {
    expect(stateOf(text)).toBe(expected);
  });

  it.each([
    [''],
    [','],
    ['nothing'],
    ['Upper=x'],
    ['a='],
    ['=x'],
    ['a=x,a=y'],
    ['a=ä'],
    ['a=x=y'],
    [`a=${'x'.repeat(257)}`],
    [Array.from({ length: 33 }, (_, n) => `k${n}=v`).join(',')],
  ])('ignores %s, and keeps the traceparent', (text) => {
    expect(parseTraceContext(PARENT, text)).toEqual({ traceparent: PARENT, tracestate: null });
  });

  it('is cut to 512 characters: long members first, then from the end', () => {
    const long = `long=${'x'.repeat(200)}`;
    const short = Array.from({ length: 30 }, (_, n) => `k${n}=${'v'.repeat(20)}`);
    const kept = stateOf([short[0], long, ...short.slice(1)].join(',')) as string;
    expect(kept.length).toBeLessThanOrEqual(512);
    expect(kept).toBe(short.slice(0, kept.split(',').length).join(','));
    expect(kept.split(',').length).toBeGreaterThan(18);
  });

  it('is ignored without a traceparent', () => {
    expect(parseTraceContext('nonsense', 'congo=t61rcWkgMzE')).toBeNull();
  });
});

describe('the trace in records', () => {
  it('becomes headers; without a trace there is none', () => {
    expect(toTraceHeaders(null)).toEqual({});
    expect(toTraceHeaders({ traceparent: PARENT, tracestate: null })).toEqual({ traceparent: PARENT });
    expect(toTraceHeaders({ traceparent: PARENT, tracestate: 'a=b' })).toEqual({
      traceparent: PARENT,
      tracestate: 'a=b',
    });
  });

  it('is, for an event, that of its own message of its own application', () => {
    const other = PARENT.replace(TRACE, TRACE.replace('0a', '0b'));
    const read = (change: object, headers: Record<string, string>) => ({
      record: {
        topic: 't',
        partition: 0,
        offset: 0,
        key: null,
        value: null,
        timestamp: 0,
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)])),
      },
      message: ok(smsSendMessage(change)),
    });
    const records = [
      { ...read({}, { traceparent: PARENT }), message: failed({ reason: 'MALFORMED', message: '' } as const) },
      read({ messageId: 'a', appId: 'portal' }, { traceparent: other }),
      read({ messageId: 'a' }, { traceparent: PARENT, tracestate: 'congo=1' }),
      read({ messageId: 'b' }, { traceparent: 'nonsense' }),
      read({ messageId: 'c' }, {}),
      read({ messageId: 'd' }, { traceparent: PARENT }),
    ];
    const events = ['a', 'b', 'c'].map((messageId) => ({ eventId: `event-${messageId}`, appId: 'billing', messageId }));
    expect([...selectTraces(events, records)]).toEqual([['event-a', { traceparent: PARENT, tracestate: 'congo=1' }]]);
  });
});
