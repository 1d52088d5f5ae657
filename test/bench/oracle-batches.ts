import type { NullAnswer } from '../../oracle-stand-in/null-server/serve-null-session';
import { ORACLE_TYPE, type OracleColumn } from '../../oracle-stand-in/wire/oracle-types';
import type { LedgerEntry } from '../../services/exchange-relay/core/ledger-entry';
import type {
  LedgerMessage,
  SettledSegment,
  Settlement,
  WaitingReport,
} from '../../services/report-collector/core/collect-plan';
import type { SmsReceived } from '../../shared/avro/records';

export const BATCH = 1_000;
export const PARTITIONS = 6;
const NOW = Date.UTC(2026, 10, 24, 9);
const TEXT = '【供电公司】尊敬的用户，因线路检修，您所在区域将于明日八点至十二点停电，请提前做好准备。';

const upTo = <T>(make: (no: number) => T): readonly T[] => Array.from({ length: BATCH }, (_, no) => make(no));
const idOf = (batch: number, no: number): string => `0192f5c8-${batch}-7b1a-9d3e-${String(no).padStart(12, '0')}`;
const numberOf = (no: number): string => `86138${String(no).padStart(8, '0')}`;

/** A thousand messages as the relay plans them, in the hand-over's order. */
export const entriesOf = (batch: number, status: 'HANDED' | 'SCHEDULED'): readonly LedgerEntry[] =>
  upTo((no) => ({
    messageId: idOf(batch, no),
    appId: 'billing',
    extCode: '0101',
    destAddr: numberOf(no),
    content: `${TEXT}${no}`,
    priority: 1,
    needReport: true,
    context: null,
    status,
    reason: null,
    scheduledAt: status === 'SCHEDULED' ? NOW + 3_600_000 : null,
    expiresAt: NOW + 86_400_000,
    createdAt: NOW - no,
    partCount: 1,
  }));

const messageOf = (batch: number, no: number): LedgerMessage => ({
  msgId: idOf(batch, no),
  messageId: idOf(batch, no),
  appId: 'billing',
  destAddr: numberOf(no),
  context: null,
  status: 'SUBMITTED',
  reason: null,
  submitted: true,
  gatewayMsgId: `1124090000${String(no).padStart(10, '0')}`,
  gatewayCode: '0',
  partCount: 1,
  partsDone: 0,
  segments: [],
  table: 'live',
  sentMs: NOW,
});

export const settlementsOf = (batch: number): readonly Settlement[] =>
  upTo((no) => ({
    message: messageOf(batch, no),
    submittedNow: true,
    finalNow: false,
    reported: { submittedMs: Date.now(), doneMs: null, message: null },
  }));

export const partsOf = (batch: number): readonly SettledSegment[] =>
  upTo((no) => ({
    msgId: idOf(batch, no),
    key: `124090000${no}`,
    gatewayMsgId: `1124090000${no}`,
    segmentNo: 1,
    status: 'SUBMITTED',
    gatewayCode: '0',
  }));

export const receivedOf = (batch: number): readonly SmsReceived[] =>
  upTo((no) => ({
    receivedId: idOf(batch, no),
    from: numberOf(no),
    to: '106980010101',
    extCode: '0101',
    appId: 'billing',
    content: `${TEXT}${no}`,
    receivedAt: NOW,
    recordedAt: NOW,
    attempt: 0,
  }));

export const waitingOf = (batch: number): readonly WaitingReport[] =>
  upTo((no) => ({
    eventId: idOf(batch, no),
    sourceSeq: String(no),
    gatewayMsgId: `1124090000${no}`,
    msgId: null,
    destAddr: numberOf(no),
    stat: 'DELIVRD',
    errCode: '000',
    submitMs: NOW,
    doneMs: NOW,
    firstSeenMs: NOW,
    nextTryMs: NOW + 60_000,
    tries: 1,
  }));

export const idsOf = (batch: number): readonly string[] => upTo((no) => idOf(batch, no));

const text = (name: string, maxSize: number): OracleColumn => ({ name, type: ORACLE_TYPE.varchar, maxSize });
const number = (name: string, precision: number): OracleColumn => ({
  name,
  type: ORACLE_TYPE.number,
  maxSize: 22,
  precision,
  scale: 0,
});
const time = (name: string): OracleColumn => ({ name, type: ORACLE_TYPE.timestamp, maxSize: 11, scale: 3 });

/** The ledger's rows as the collector looks them up. */
const LEDGER: readonly OracleColumn[] = [
  text('MESSAGE_ID', 256),
  text('APP_ID', 128),
  text('DEST_ADDR', 80),
  text('CONTEXT', 2048),
  text('STATUS', 64),
  text('REASON', 128),
  number('SUBMITTED', 0),
  text('GATEWAY_MSG_ID', 256),
  text('GATEWAY_CODE', 128),
  number('PART_COUNT', 5),
  number('PARTS_DONE', 5),
];
const FOUND = upTo((no) => [idOf(0, no), 'billing', numberOf(no), null, 'HANDED', null, '0', null, null, '1', '0']);

/** The rows that the queries of a hand-over and of a collected batch return. */
export const ANSWERS: readonly NullAnswer[] = [
  {
    matching: 'FROM RELAY_OFFSET',
    columns: [number('PARTITION_NO', 10), number('NEXT_OFFSET', 19)],
    rows: Array.from({ length: PARTITIONS }, (_, no) => [String(no), '123456789']),
  },
  { matching: 'FROM SM_SEND_T_LOG', columns: [text('MESSAGE_ID', 256), text('APP_ID', 128)], rows: [] },
  {
    matching: 'FROM CLIENT_SMS_RESP',
    columns: [number('ID', 19), text('F0', 256), text('F1', 256), text('F2', 64), text('F3', 800), time('F4')],
    rows: upTo((no) => [String(no + 1), idOf(0, no), `1124090000${no}`, '0', null, '2026-11-24 09:00:00.123']),
  },
  {
    matching: 'FROM CLIENT_SMS_RECV',
    columns: [number('ID', 19), text('F0', 128), text('F1', 84), text('F2', 4000), number('F3', 5), time('F4')],
    rows: upTo((no) => [String(no + 1), numberOf(no), '106980010101', `${TEXT}${no}`, '15', '2026-11-24 09:00:00.123']),
  },
  {
    matching: 'FROM CLIENT_SMS_REPORT',
    columns: [
      number('ID', 19),
      text('F0', 256),
      text('F1', 256),
      text('F2', 80),
      text('F3', 64),
      text('F4', 64),
      time('F5'),
      time('F6'),
    ],
    rows: upTo((no) => [
      String(no + 1),
      `1124090000${no}`,
      null,
      numberOf(no),
      'DELIVRD',
      '000',
      '2026-11-24 09:00:00',
      '2026-11-24 09:00:03',
    ]),
  },
  {
    matching: 'FROM SM_SEND_PART\\s+WHERE \\(MSG_ID',
    columns: [
      text('MSG_ID', 256),
      text('GATEWAY_KEY', 256),
      text('GATEWAY_MSG_ID', 256),
      number('PART_NO', 5),
      text('STATUS', 64),
      text('GATEWAY_CODE', 128),
    ],
    rows: [],
  },
  {
    matching: 'SENT_AT\\s+FROM SM_SEND_T M',
    columns: [...LEDGER, time('SENT_AT')],
    rows: FOUND.map((row) => [...row, '2026-11-24 09:00:00.123']),
  },
  { matching: 'FROM SM_SEND_T M', columns: LEDGER, rows: FOUND },
];
