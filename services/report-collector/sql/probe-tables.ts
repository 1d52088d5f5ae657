import { randomUUID } from 'node:crypto';
import type { SmsReceived } from '../../../shared/avro/records';
import { type Database, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import { rolledBack } from '../../../shared/database/rolled-back';
import { WIDTHS } from '../../../shared/ledger/widths';
import type { SettledSegment, Settlement, WaitingReport } from '../core/collect-plan';
import { createInsertReceived } from './insert-received';
import { createSettleMessages, createSettleSegments } from './settle-messages';
import { createWaitingReports } from './waiting-reports';

const text = (length: number, character = 'x'): string => character.repeat(length);

const received = (receivedId: string, now: number, change: Partial<SmsReceived>): SmsReceived => ({
  receivedId,
  from: '8613800138000',
  to: '106980',
  extCode: null,
  appId: null,
  content: '测试',
  receivedAt: now,
  recordedAt: now,
  attempt: 1,
  ...change,
});

const segment = (): SettledSegment => ({
  msgId: randomUUID().padEnd(WIDTHS.id, '0'),
  key: text(WIDTHS.id, 'K'),
  gatewayMsgId: text(WIDTHS.id, 'k'),
  segmentNo: 15,
  status: 'DELIVERED',
  gatewayCode: text(WIDTHS.code),
});

const report = (now: number): WaitingReport => ({
  eventId: randomUUID(),
  sourceSeq: text(38, '9'),
  gatewayMsgId: text(WIDTHS.id),
  msgId: text(WIDTHS.id),
  destAddr: text(WIDTHS.address, '9'),
  stat: text(WIDTHS.code),
  errCode: text(WIDTHS.code),
  submitMs: now,
  doneMs: now,
  firstSeenMs: now,
  nextTryMs: now,
  tries: 1,
});

/** Returns any message whose row no other session has locked; undefined if there is none. */
const ANY_MESSAGE: PerEngine<(tx: Tx) => Promise<string | undefined>> = {
  pg: async ({ query }) =>
    (
      await query<{ msg_id: string }>(
        'SELECT msg_id FROM sm_send_t WHERE handed_at IS NOT NULL LIMIT 1 FOR UPDATE SKIP LOCKED',
      )
    ).rows[0]?.msg_id,
  oracledb: async ({ oracle }) =>
    (
      await oracle.execute<{ msg_id: string }>(
        'SELECT MSG_ID FROM SM_SEND_T WHERE HANDED_AT IS NOT NULL FOR UPDATE SKIP LOCKED',
        [],
        { maxRows: 1 },
      )
    ).rows[0]?.msg_id,
};

const settlement = (msgId: string): Settlement => ({
  message: {
    msgId,
    messageId: 'preflight',
    appId: 'preflight',
    destAddr: '8613800138000',
    context: null,
    table: 'live',
    sentMs: null,
    status: 'UNDELIVERED',
    reason: null,
    gatewayMsgId: text(WIDTHS.id),
    gatewayCode: text(WIDTHS.code),
    partCount: 15,
    partsDone: 15,
    segments: [],
  } as unknown as Settlement['message'],
  submittedNow: true,
  finalNow: true,
  reported: { submittedMs: Date.now(), doneMs: Date.now(), message: 'x'.repeat(WIDTHS.words) },
});

/**
 * Returns a probe that writes the longest values of everything that the collector writes, and rolls
 * them back. The probe resolves if replies of the province can be settled.
 * @throws BridgeError the error of the statement that failed
 */
export const createProbeTables = (db: Database): (() => Promise<void>) => {
  const insertReceived = createInsertReceived(db.engine);
  const settleSegments = createSettleSegments(db.engine);
  const settleMessages = createSettleMessages(db.engine);
  const { insert: insertWaiting } = createWaitingReports(db.engine);
  const anyMessage = forEngine(db.engine, ANY_MESSAGE);
  return () =>
    rolledBack(db, async (tx) => {
      const now = Date.now();
      const longest = {
        from: text(WIDTHS.sender, '9'),
        to: text(WIDTHS.address, '9'),
        extCode: text(20, '9'),
        appId: text(32),
        content: text(WIDTHS.inboundText, '测'),
      };
      await insertReceived(tx, [received(randomUUID(), now, {})]);
      await insertReceived(tx, [received(randomUUID().padEnd(WIDTHS.id, '0'), now, longest)]);
      await insertWaiting(tx, [report(now)]);
      await settleSegments(tx, [segment()], now);
      const msgId = await anyMessage(tx);
      if (msgId !== undefined) await settleMessages(tx, 'live', [settlement(msgId)], now);
    });
};
