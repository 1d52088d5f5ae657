import type { SmsReceived } from '../../../shared/avro/records';
import { type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import { APP_COLUMN, ID_COLUMN, TIME_COLUMN, textColumn } from '../../../shared/database/oracle/oracle-columns';
import { rejectUnlessUnique } from '../../../shared/database/oracle/row-errors';
import { WIDTHS } from '../../../shared/ledger/widths';
import { type CharacterSet, toStorable } from '../../../shared/sms/character-set';
import { fitInbound } from './fit-inbound';

/**
 * Enters received messages. A message that is there already (its row came again after a restore)
 * stays as it is.
 */
export type InsertReceived = (tx: Tx, received: readonly SmsReceived[], set?: CharacterSet) => Promise<void>;

const onPostgres: InsertReceived = async ({ query }, received) => {
  await query(
    `INSERT INTO sm_receive_t (received_id, src_addr, dest_addr, ext_code, app_id, content, received_at, recorded_at, offered_at)
     SELECT received_id, src_addr, dest_addr, ext_code, app_id, content, to_timestamp(received_ms / 1000), to_timestamp(recorded_ms / 1000),
            to_timestamp(recorded_ms / 1000)
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::float8[])
         AS r (received_id, src_addr, dest_addr, ext_code, app_id, content, received_ms, recorded_ms)
     ON CONFLICT DO NOTHING`,
    [
      received.map((message) => message.receivedId),
      received.map((message) => message.from),
      received.map((message) => (message.to === '' ? null : message.to)),
      received.map((message) => message.extCode),
      received.map((message) => message.appId),
      received.map((message) => message.content),
      received.map((message) => message.receivedAt),
      received.map((message) => message.recordedAt),
    ],
    'collector-insert-received',
  );
};

const COLUMNS = [
  ID_COLUMN,
  textColumn(WIDTHS.sender),
  textColumn(WIDTHS.address),
  textColumn(WIDTHS.extCode),
  APP_COLUMN,
  textColumn(WIDTHS.inboundText),
  TIME_COLUMN,
  TIME_COLUMN,
  TIME_COLUMN,
];

const UTF8 = (text: string): number => Buffer.byteLength(text);

/**
 * No MERGE: the collector's role may insert messages, and may not read those of others. The
 * province's columns may hold more than the ledger's (NCLOB, NVARCHAR2). The event has the text as
 * it came; the row shows in brackets the characters that its character set lacks.
 */
const onOracle: InsertReceived = async ({ oracle }, received, set) => {
  const rowErrors = await oracle.executeEach(
    `INSERT INTO SM_RECEIVE_T (RECEIVED_ID, SRC_ADDR, DEST_ADDR, EXT_CODE, APP_ID, CONTENT, RECEIVED_AT, RECORDED_AT, OFFERED_AT)
VALUES (:1, :2, :3, :4, :5, :6, :7, :8, :9)`,
    received.map((message) => [
      message.receivedId,
      message.from,
      message.to,
      message.extCode,
      message.appId,
      set === undefined
        ? fitInbound(message.content, UTF8)
        : fitInbound(toStorable(message.content, set), set.byteLength),
      new Date(message.receivedAt),
      new Date(message.recordedAt),
      new Date(message.recordedAt),
    ]),
    COLUMNS,
  );
  rejectUnlessUnique(rowErrors);
};

const INSERT_RECEIVED: PerEngine<InsertReceived> = { pg: onPostgres, oracledb: onOracle };

export const createInsertReceived = (engine: Engine): InsertReceived => forEngine(engine, INSERT_RECEIVED);
