import type { SmsSend } from '../../shared/avro/records';

/** The present of the unit tests. */
export const NOW = Date.UTC(2026, 10, 24);

/** Returns a valid message with the test's changes. */
export const smsSendMessage = (change: Partial<SmsSend> = {}): SmsSend => ({
  messageId: 'm-1',
  appId: 'billing',
  to: '13800138000',
  content: '停电通知',
  extCode: null,
  priority: 1,
  needReport: true,
  scheduledAt: null,
  expiresAt: null,
  createdAt: NOW,
  context: null,
  ...change,
});
