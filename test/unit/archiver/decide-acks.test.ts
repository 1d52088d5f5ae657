import fc from 'fast-check';
import { type AckedRow, decideAcks, problemOfAck } from '../../../services/archiver/core/decide-acks';

const ack = (receivedId: string, appId: string, processedAt = 1) => ({ ack: { receivedId, appId, processedAt } });
const row = (receivedId: string, appId: string | null, processed = false): AckedRow => ({
  receivedId,
  appId,
  processed,
  table: 'live',
});
const NONE: ReadonlySet<string> = new Set();

describe('decideAcks', () => {
  it('accepts the first acknowledgement of a message', () => {
    const [first, second] = [ack('r1', 'billing', 1), ack('r1', 'billing', 2)];
    const decisions = decideAcks([first, second], [row('r1', 'billing')], NONE);
    expect(decisions.apply).toEqual([first]);
    expect(decisions.repeated).toEqual([second]);
  });
  it('changes nothing about a processed message', () => {
    expect(decideAcks([ack('r1', 'billing')], [row('r1', 'billing', true)], NONE).apply).toEqual([]);
  });
  it('keeps acknowledgements without a message', () => {
    expect(decideAcks([ack('r9', 'billing')], [], NONE).wait).toHaveLength(1);
  });
  it('refuses an application that the message did not come for, and accepts the right one after it', () => {
    const [wrong, right] = [ack('r1', 'outage'), ack('r1', 'billing')];
    const decisions = decideAcks([wrong, right], [row('r1', 'billing')], NONE);
    expect(decisions.refused).toEqual([wrong]);
    expect(decisions.apply).toEqual([right]);
  });
  it('lets customer service acknowledge everything, messages without an application included', () => {
    const service = new Set(['95598']);
    const decisions = decideAcks(
      [ack('r1', '95598'), ack('r2', '95598')],
      [row('r1', 'billing'), row('r2', null)],
      service,
    );
    expect(decisions.apply).toHaveLength(2);
    expect(decideAcks([ack('r2', 'billing')], [row('r2', null)], service).refused).toHaveLength(1);
  });
  it('decides each acknowledgement once, and applies at most one a message', () => {
    const ids = fc.constantFrom('a', 'b', 'c');
    const apps = fc.constantFrom('x', 'y', 'service');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(ids, apps)),
        fc.uniqueArray(fc.tuple(ids, fc.option(apps), fc.boolean()), { selector: ([id]) => id }),
        (acks, rows) => {
          const items = acks.map(([id, app]) => ack(id, app));
          const known = rows.map(([id, app, processed]) => row(id, app, processed));
          const { apply, wait, repeated, refused } = decideAcks(items, known, new Set(['service']));
          expect([...apply, ...wait, ...repeated, ...refused]).toHaveLength(items.length);
          expect(new Set(apply.map((item) => item.ack.receivedId)).size).toBe(apply.length);
          for (const item of apply)
            expect(known.find((r) => r.receivedId === item.ack.receivedId)).toMatchObject({ processed: false });
        },
      ),
    );
  });
});

describe('problemOfAck', () => {
  it.each([
    ['an id that is too long for its column', { receivedId: 'x'.repeat(65), appId: 'a', processedAt: 1 }],
    ['an empty id', { receivedId: '', appId: 'a', processedAt: 1 }],
    ['U+0000', { receivedId: 'r', appId: 'a\0b', processedAt: 1 }],
    ['a time that no timestamp column holds', { receivedId: 'r', appId: 'a', processedAt: 2 ** 53 - 1 }],
    ['a time before 1970', { receivedId: 'r', appId: 'a', processedAt: -1 }],
  ])('names %s', (_what, value) => expect(problemOfAck(value)).toEqual(expect.any(String)));
  it('is undefined for a valid one', () =>
    expect(problemOfAck({ receivedId: 'r', appId: '电费', processedAt: Date.UTC(2026, 0) })).toBeUndefined());
});
