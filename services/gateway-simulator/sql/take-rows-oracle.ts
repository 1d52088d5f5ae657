import { createHash } from 'node:crypto';
import { deleteClaimed } from '../../../shared/database/oracle/delete-claimed';
import { KEY_COLUMN, NUMBER_COLUMN, TIME_COLUMN, textColumn } from '../../../shared/database/oracle/oracle-columns';
import { inList, padded, paddedLength } from '../../../shared/database/oracle/oracle-lists';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { waitingRows } from '../../../shared/exchange/send-columns';
import { toZone } from '../../../shared/exchange/time-zone';
import { toWallClock } from '../../../shared/exchange/wall-clock';
import { markOf, type TakeOptions, type TakeRows, toTakenRow } from './to-taken-row';

type Row = {
  readonly seq_id: string | number;
  readonly msg_id: string;
  readonly app_id: string | null;
  readonly ext_code: string | null;
  readonly dest_addr: string;
  readonly content: string;
  readonly priority: number | null;
  readonly need_report: number | null;
  readonly created_at: Date | null;
  readonly valid_until: Date | null;
  readonly now_at: Date;
};

const JOURNAL = [
  KEY_COLUMN,
  textColumn(64),
  textColumn(32),
  textColumn(20),
  textColumn(20),
  NUMBER_COLUMN,
  textColumn(64),
  TIME_COLUMN,
  textColumn(128),
  textColumn(64),
];

const hash = (algorithm: 'md5' | 'sha256', text: string): string => createHash(algorithm).update(text).digest('hex');

/** Sorts in the order of the journal: urgent rows first, then by SEQ_ID. */
const inOrder = (a: Row, b: Row): number =>
  (b.priority ?? Number.NEGATIVE_INFINITY) - (a.priority ?? Number.NEGATIVE_INFINITY) ||
  Number(a.seq_id) - Number(b.seq_id);

/**
 * Creates the take on Oracle. It locks, deletes and journals in one transaction, so that a row is
 * always in one of the two tables.
 */
export const takeOnOracle = (mapping: ExchangeMapping, { journal, seed, instanceId }: TakeOptions): TakeRows => {
  const {
    tables,
    columns: { send },
  } = mapping;
  const waiting = waitingRows(mapping);
  const lock = (length: number): string => `
SELECT ${send.seqId} AS SEQ_ID, ${send.msgId} AS MSG_ID, ${send.appId} AS APP_ID, ${send.extCode} AS EXT_CODE, ${send.destAddr} AS DEST_ADDR,
       ${send.content} AS CONTENT, ${send.priority} AS PRIORITY, ${send.needReport} AS NEED_REPORT, ${send.createTime} AS CREATED_AT,
       ${send.validTime} AS VALID_UNTIL, SYSTIMESTAMP AS NOW_AT
  FROM ${tables.send} WHERE ${inList(send.seqId, length)}${waiting === undefined ? '' : ` AND ${waiting}`} FOR UPDATE SKIP LOCKED`;
  const mark = markOf(mapping, 'SYS_EXTRACT_UTC(SYSTIMESTAMP)');
  const gone = {
    text:
      mark === undefined
        ? `DELETE FROM ${tables.send} WHERE ${send.seqId} = :1`
        : // Tests again whether it waits: another session may have held the lock until just now.
          `UPDATE ${tables.send} SET ${mark} WHERE ${send.seqId} = :1 AND ${waiting}`,
    key: [KEY_COLUMN],
  };
  const wallClock = toWallClock(toZone(mapping.timeZone));
  const enter = `
INSERT INTO ${journal} (SEQ_ID, MSG_ID, APP_ID, EXT_CODE, DEST_ADDR, PRIORITY, CONTENT_SHA256, CREATED_AT, INSTANCE_ID, GATEWAY_MSG_ID, TAKEN_AT)
VALUES (:1, :2, :3, :4, :5, :6, :7, :8, :9, :10, SYS_EXTRACT_UTC(SYSTIMESTAMP))`;
  return async ({ oracle }, seqIds) => {
    const found = await oracle.execute<Row>(lock(paddedLength(seqIds.length)), padded(seqIds), {
      maxRows: seqIds.length,
      wallClock,
    });
    const rows = await deleteClaimed(oracle, gone, found.rows, ({ seq_id }) => [String(seq_id)]);
    const taken = [...rows].sort(inOrder).map((row) => ({
      ...row,
      seq_id: String(row.seq_id),
      expired: row.valid_until !== null && row.valid_until <= row.now_at,
      gateway_msg_id: hash('md5', `${seed}/${row.msg_id}/${row.seq_id}`).slice(0, 16),
    }));
    await oracle.executeMany(
      enter,
      taken.map((row) => [
        row.seq_id,
        row.msg_id,
        row.app_id,
        row.ext_code,
        row.dest_addr,
        row.priority,
        hash('sha256', row.content),
        row.created_at,
        instanceId,
        row.gateway_msg_id,
      ]),
      JOURNAL,
    );
    return taken.map(toTakenRow);
  };
};
