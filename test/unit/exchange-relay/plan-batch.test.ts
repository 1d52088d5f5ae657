import fc from 'fast-check';
import { planBatch, type ReadRecord } from '../../../services/exchange-relay/core/plan-batch';
import type { SmsSend } from '../../../shared/avro/records';
import { failed, ok } from '../../../shared/result';
import type { SendProblemCode } from '../../../shared/sms/validate-send';
import { anyCharacter } from '../../support/any-character';
import { smsSendMessage as message, NOW } from '../../support/sms-send-message';
import { tries } from '../../support/tries';

const read = (value: SmsSend, offset = 0): ReadRecord => ({
  record: { topic: 'sms.send', partition: 0, offset, key: null, value: Buffer.from('x'), headers: {}, timestamp: NOW },
  message: ok(value),
});

const accept = (value: SmsSend) =>
  ok({
    to: value.to,
    content: value.content,
    extCode: '01',
    expiresAt: value.expiresAt ?? NOW + 86_400_000,
    partCount: 1,
  });
const reject = (code: SendProblemCode) => () => failed({ code, field: 'messageId' as const, message: 'no' });

describe('planning a batch', () => {
  it('hands over valid messages and schedules later ones', () => {
    const plan = planBatch(
      [read(message({ messageId: 'b', scheduledAt: NOW + 1 })), read(message({ messageId: 'a' }), 1)],
      accept,
      NOW,
    );
    expect(plan.entries.map(({ messageId, status, extCode }) => [messageId, status, extCode])).toEqual([
      ['a', 'HANDED', '01'],
      ['b', 'SCHEDULED', '01'],
    ]);
  });

  it('never hands over a message at or past its validity', () => {
    expect(planBatch([read(message({ expiresAt: NOW }))], accept, NOW).entries[0]).toMatchObject({
      status: 'EXPIRED',
      reason: 'EXPIRED',
    });
    expect(planBatch([read(message({ expiresAt: NOW + 1 }))], accept, NOW).entries[0]).toMatchObject({
      status: 'HANDED',
    });
  });

  it('keeps a rejected message in the ledger with its reason', () => {
    expect(planBatch([read(message())], reject('APP_UNKNOWN'), NOW).entries[0]).toMatchObject({
      status: 'REJECTED',
      reason: 'APP_UNKNOWN',
    });
  });

  it('writes the number of an unsent message in the same form as all others', () => {
    const spell = (to: string) => `86${to}`;
    const expired = message({ messageId: 'b', expiresAt: NOW });
    for (const [of, judge] of [
      [message(), reject('CONTENT_EMPTY')],
      [expired, accept],
    ] as const)
      expect(planBatch([read(of)], judge, NOW, undefined, spell).entries[0]?.destAddr).toBe('8613800138000');
  });

  it('rejects an id that no ledger row can hold, with an event and no row', () => {
    for (const messageId of ['', 'x'.repeat(65), 'a\u0000b']) {
      const plan = planBatch([read(message({ messageId }))], reject('MESSAGE_ID_INVALID'), NOW);
      expect(plan.entries).toEqual([]);
      expect(plan.unstorable).toHaveLength(1);
    }
  });

  it("keeps no rejected message whose code would become another application's by cutting or cleaning", () => {
    const victim = 'v'.repeat(32);
    for (const appId of [`${victim}x`, `billing\u0000`, 'bill\ud83ding', '']) {
      const plan = planBatch([read(message({ appId }))], reject('APP_UNKNOWN'), NOW, (text) =>
        text.replace(/\ud83d/g, ''),
      );
      expect(plan.entries).toEqual([]);
      expect(plan.unstorable).toMatchObject([{ message: { appId } }]);
    }
  });

  it('enters a message once and counts its repeat; the same id of another application is another message', () => {
    const plan = planBatch([read(message()), read(message(), 1), read(message({ appId: 'portal' }), 2)], accept, NOW);
    expect(plan.entries.map(({ appId }) => appId)).toEqual(['billing', 'portal']);
    expect(plan.duplicates).toBe(1);
  });

  it('makes a dead letter of a record that cannot be decoded', () => {
    const bad: ReadRecord = {
      record: read(message()).record,
      message: failed({ reason: 'MALFORMED', message: 'cut off' }),
    };
    expect(planBatch([bad, read(message(), 1)], accept, NOW)).toMatchObject({
      deadLetters: [{ reason: 'MALFORMED' }],
      entries: [{ messageId: 'm-1' }],
    });
  });

  it('puts any record in exactly one place, and sorts entries that fit their columns', () => {
    const anything = fc.record({
      messageId: fc.oneof(fc.string({ maxLength: 70 }), fc.constantFrom('a', 'b', 'c')),
      appId: fc.string({ maxLength: 40 }),
      to: fc.string({ maxLength: 30 }),
      content: fc.string({ maxLength: 1200, unit: anyCharacter }),
      extCode: fc.option(fc.string({ maxLength: 30 })),
      priority: fc.integer(),
      needReport: fc.boolean(),
      scheduledAt: fc.option(fc.maxSafeInteger()),
      expiresAt: fc.option(fc.maxSafeInteger()),
      createdAt: fc.maxSafeInteger(),
      context: fc.option(fc.string({ maxLength: 600 })),
    });
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 20 }), (messages) => {
        const plan = planBatch(
          messages.map((value, offset) => read(value, offset)),
          reject('RECIPIENT_INVALID'),
          NOW,
        );
        const { entries, unstorable, deadLetters, duplicates } = plan;
        expect(entries.length + unstorable.length + deadLetters.length + duplicates).toBe(messages.length);
        const keys = entries.map(({ messageId, appId }) => [messageId, appId] as const);
        expect(new Set(keys.map((key) => JSON.stringify(key))).size).toBe(keys.length);
        expect(keys).toEqual([...keys].sort((a, b) => (a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]) ? -1 : 1)));
        for (const entry of entries) {
          expect([...entry.content].length).toBeLessThanOrEqual(1000);
          expect([...entry.destAddr].length).toBeLessThanOrEqual(20);
          expect(entry.appId.length).toBeGreaterThan(0);
          expect(Math.abs(entry.priority)).toBeLessThan(32_768);
          expect(JSON.stringify(entry)).not.toContain('\\u0000');
        }
      }),
      { numRuns: tries(100) },
    );
  });
});
