import fc from 'fast-check';
import { createClock } from '../../../cli/connect/load-clock';
import { type Defaults, toField, toMessage } from '../../../cli/publish/to-message';
import { NOW } from '../../support/sms-send-message';

const DEFAULTS: Defaults = {
  fields: new Map([['appId', 'billing']]),
  messageId: (line) => `m-${line}`,
  now: () => NOW,
  toInstant: createClock('Asia/Shanghai').toInstant,
  ignoreUnknown: false,
};

const read = (fields: Readonly<Record<string, unknown>>, defaults: Partial<Defaults> = {}) =>
  toMessage(7, new Map(Object.entries(fields)), { ...DEFAULTS, ...defaults });

const BASE = { to: '13800138000', content: 'hello' };

describe('a line as a message', () => {
  it('has defaults for missing values', () => {
    expect(read(BASE)).toEqual({
      ok: true,
      value: {
        messageId: 'm-7',
        appId: 'billing',
        to: '13800138000',
        content: 'hello',
        extCode: null,
        priority: 1,
        needReport: true,
        scheduledAt: null,
        expiresAt: null,
        createdAt: NOW,
        context: null,
      },
    });
  });

  it.each([
    ['message_id', 'messageId'],
    ['EXT CODE', 'extCode'],
    ['scheduled-at', 'scheduledAt'],
    ['To', 'to'],
    ['contnt', undefined],
    ['', undefined],
  ])('accepts a column %j for %s', (column, field) => {
    expect(toField(column)).toBe(field);
  });

  it.each([
    [{ to: 13800138000 }, { to: '13800138000' }],
    [{ priority: '3' }, { priority: 3 }],
    [{ needReport: 'No' }, { needReport: false }],
    [{ needReport: '' }, { needReport: true }],
    [{ appId: '' }, { appId: 'billing' }],
    [{ appId: 'portal' }, { appId: 'portal' }],
    [{ content: '' }, { content: '' }],
    [{ scheduledAt: '2026-11-24T08:00:00+08:00' }, { scheduledAt: Date.UTC(2026, 10, 24) }],
    [{ scheduledAt: '2026-11-24 00:00Z' }, { scheduledAt: Date.UTC(2026, 10, 24) }],
    [{ scheduledAt: '2026-11-24 08:00' }, { scheduledAt: Date.UTC(2026, 10, 24) }],
    [{ expiresAt: `${NOW}` }, { expiresAt: NOW }],
    [
      { extCode: null, context: null },
      { extCode: null, context: null },
    ],
  ])('accepts %j', (fields, wanted) => {
    expect(read({ ...BASE, ...fields })).toMatchObject({ ok: true, value: wanted });
  });

  it.each([
    [{ to: '1.38001E+10' }, 'FIELD_INVALID', 'to'],
    [{ to: '1,38e10' }, 'FIELD_INVALID', 'to'],
    [{ priority: 'high' }, 'FIELD_INVALID', 'priority'],
    [{ priority: 1.5 }, 'FIELD_INVALID', 'priority'],
    [{ needReport: 'maybe' }, 'FIELD_INVALID', 'needReport'],
    [{ scheduledAt: '24.11.2026' }, 'FIELD_INVALID', 'scheduledAt'],
    [{ scheduledAt: '2026-13-45T00:00Z' }, 'FIELD_INVALID', 'scheduledAt'],
    [{ expiresAt: 1795527836 }, 'FIELD_INVALID', 'expiresAt'],
    [{ content: { text: 'x' } }, 'FIELD_INVALID', 'content'],
    [{ contnt: 'x' }, 'FIELD_UNKNOWN', 'contnt'],
    [{ to: '' }, 'FIELD_MISSING', 'to'],
    [{ content: null }, 'FIELD_MISSING', 'content'],
  ])('names the problem of %j', (fields, code, field) => {
    expect(read({ ...BASE, ...fields })).toMatchObject({ ok: false, problem: { code, field } });
  });

  it('ignores unknown names on request', () => {
    expect(read({ ...BASE, contnt: 'x' }, { ignoreUnknown: true })).toMatchObject({ ok: true });
  });

  it('is a message or a problem, for any content', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('to', 'content', 'priority', 'expiresAt', 'x'), fc.anything()),
        (fields) => {
          const message = read(fields);
          expect(message.ok ? Object.keys(message.value).length : message.problem.message.length).toBeGreaterThan(0);
        },
      ),
    );
  });
});
