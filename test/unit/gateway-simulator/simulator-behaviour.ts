import type { Behaviour, TakenRow } from '../../../services/gateway-simulator/core/behaviour';

const NEVER = {
  submitFailed: 0,
  noSubmit: 0,
  duplicateSubmit: 0,
  noReport: 0,
  duplicateReport: 0,
  earlyReport: 0,
  lateReport: 0,
  interimReport: 0,
  unknownReport: 0,
  nullMsgId: 0,
  otherId: 0,
  otherNumber: 0,
  reply: 0,
} as const;

/** A province without faults: one submit result, one report DELIVRD; with the test's changes. */
export const plainBehaviour = (
  ratios: Partial<Behaviour['ratios']> = {},
  change: Partial<Behaviour> = {},
): Behaviour => ({
  seed: 'test',
  answers: 'per-message',
  accessNumber: '106980',
  countryCode: '86',
  submitMs: { min: 10, max: 50 },
  reportMs: { min: 100, max: 500 },
  lateMs: { min: 10_000, max: 20_000 },
  replyMs: { min: 100, max: 200 },
  submitOkCode: '0',
  submitFailedCodes: [{ code: '8', weight: 1 }],
  reportCodes: [{ code: 'DELIVRD', weight: 1, delivers: true }],
  ratios: { ...NEVER, ...ratios },
  ...change,
});

export const takenRow = (change: Partial<TakenRow> = {}): TakenRow => ({
  msgId: 'm-1',
  destAddr: '8613800138000',
  extCode: '01',
  content: '停电通知',
  needReport: true,
  gatewayMsgId: '00ab34cd56ef7890',
  ...change,
});
