import type { LedgerMessage } from '../../../services/report-collector/core/collect-plan';
import type { ReportRow } from '../../../services/report-collector/core/exchange-rows';

/** Returns a message that was handed over, with the test's changes. */
export const ledgerMessage = (change: Partial<LedgerMessage> = {}): LedgerMessage => ({
  msgId: change.messageId ?? 'm-1',
  messageId: 'm-1',
  appId: 'billing',
  destAddr: '8613800138000',
  context: null,
  table: 'live',
  sentMs: null,
  status: 'HANDED',
  reason: null,
  submitted: false,
  gatewayMsgId: null,
  gatewayCode: null,
  partCount: 1,
  partsDone: 0,
  segments: [],
  ...change,
});

export const reportRow = (change: Partial<ReportRow> = {}): ReportRow => ({
  id: '1',
  gatewayMsgId: 'g1',
  msgId: null,
  destAddr: null,
  stat: 'DELIVRD',
  errCode: '000',
  submitMs: null,
  doneMs: null,
  ...change,
});
