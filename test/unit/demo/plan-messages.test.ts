import { type PlannedMessage, planMessages, toUnreadable } from '../../../cli/demo/plan-messages';
import { openCodecs } from '../../../shared/avro/open-codecs';
import { validateSend } from '../../../shared/sms/validate-send';
import { NOW } from '../../support/sms-send-message';

const APPS = ['portal', 'production', 'billing', 'outage'];
const plan = (count: number): readonly PlannedMessage[] =>
  planMessages({ count, run: 'demo-1', now: NOW, validUntil: NOW + 12_000, apps: APPS });

const judge = ({ message }: PlannedMessage) =>
  validateSend(
    message,
    APPS.includes(message.appId) ? { extCode: '01', enabled: true } : undefined,
    { country: 'CN', contentMax: 1000 },
    NOW,
  );

describe('the messages of the demo', () => {
  it.each([50, 200, 2000])('enter through all entrances, %d of them, with every fault', (count) => {
    const messages = plan(count);
    expect(messages).toHaveLength(count);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(count);
    const kinds = new Set(
      messages.map(({ expectation }) => ('reason' in expectation ? expectation.reason : expectation.kind)),
    );
    expect([...kinds].sort()).toEqual(
      [
        ...[
          'APP_UNKNOWN',
          'CONTENT_EMPTY',
          'CONTENT_TOO_LONG',
          'EXT_CODE_INVALID',
          'PRIORITY_INVALID',
          'RECIPIENT_INVALID',
        ],
        ...['JSON_NOT_AVRO', 'MALFORMED', 'UNKNOWN_FRAMING', 'UNKNOWN_SCHEMA', 'expired', 'sent'],
      ].sort(),
    );
    const share = (entrance: string) => messages.filter((message) => message.entrance === entrance).length / count;
    expect(share('kafka')).toBeGreaterThan(0.7);
    expect(share('http')).toBeGreaterThan(0.1);
    expect(share('table')).toBeGreaterThan(0.1);
    expect(messages.some(({ twice }) => twice)).toBe(true);
    expect(messages.some(({ message }) => (message.scheduledAt ?? 0) > NOW)).toBe(true);
    expect(messages.filter(({ expectation }) => expectation.kind === 'sent').length / count).toBeGreaterThan(0.7);
  });

  it('are judged by the real validation as intended', () => {
    for (const planned of plan(2000)) {
      const judged = judge(planned);
      const { expectation } = planned;
      if (expectation.kind === 'rejected')
        expect(judged).toMatchObject({ ok: false, problem: { code: expectation.reason } });
      else expect(judged.ok).toBe(true);
      if (expectation.kind === 'expired') expect(planned.message.expiresAt).toBeLessThan(NOW);
    }
  });

  it('are unreadable for the intended reason', async () => {
    const { send } = await openCodecs();
    for (const { id, message, expectation } of plan(2000)) {
      if (expectation.kind !== 'unreadable') continue;
      const decoded = send.decode(toUnreadable(expectation.reason, id, send.encode(message)));
      expect(decoded).toMatchObject({ ok: false, problem: { reason: expectation.reason } });
    }
  });
});
