import { type Database, forEngine, type PerEngine } from '../../../shared/database/database';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { waitingRows } from '../../../shared/exchange/send-columns';
import { takeOnOracle } from './take-rows-oracle';
import { markOf, type TakenColumns, type TakeOptions, type TakeRows, toTakenRow } from './to-taken-row';

/**
 * Deletes and journals in one statement, so that a row is always in one of the two tables. Skips
 * rows that other transactions hold.
 */
const takeStatement = (mapping: ExchangeMapping, journal: string): string => {
  const { send } = mapping.columns;
  const waiting = waitingRows(mapping);
  const mark = markOf(mapping, 'now()');
  return `
WITH taken AS (
  ${mark === undefined ? `DELETE FROM ${mapping.tables.send}` : `UPDATE ${mapping.tables.send} SET ${mark}`} WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM ${mapping.tables.send} WHERE ${send.seqId} = ANY($1::bigint[])${waiting === undefined ? '' : ` AND ${waiting}`} FOR UPDATE SKIP LOCKED))
  RETURNING ${send.seqId} AS seq_id, ${send.msgId} AS msg_id, ${send.appId}::text AS app_id, ${send.extCode}::text AS ext_code,
            ${send.destAddr} AS dest_addr, ${send.content} AS content, ${send.priority}::int AS priority, ${send.needReport}::int AS need_report,
            ${send.createTime}::timestamptz AS created_at, coalesce(${send.validTime}::timestamptz <= now(), false) AS expired,
            substr(md5($2 || '/' || ${send.msgId} || '/' || ${send.seqId}), 1, 16) AS gateway_msg_id),
journalled AS (
  INSERT INTO ${journal} (seq_id, msg_id, app_id, ext_code, dest_addr, priority, content_sha256, created_at, taken_at, instance_id, gateway_msg_id)
  SELECT seq_id, msg_id, app_id, ext_code, dest_addr, priority, encode(sha256(convert_to(content, 'UTF8')), 'hex'), created_at, now(), $3,
         gateway_msg_id
    FROM taken ORDER BY priority DESC NULLS LAST, seq_id)
SELECT msg_id, dest_addr, ext_code, content, need_report, gateway_msg_id, expired FROM taken`;
};

const takeOnPostgres = (mapping: ExchangeMapping, { journal, seed, instanceId }: TakeOptions): TakeRows => {
  const statement = takeStatement(mapping, journal);
  return async ({ query }, seqIds) => {
    const { rows } = await query<TakenColumns>(statement, [seqIds, seed, instanceId], 'simulator-take');
    return rows.map(toTakenRow);
  };
};

const TAKE_ROWS: PerEngine<(mapping: ExchangeMapping, options: TakeOptions) => TakeRows> = {
  pg: takeOnPostgres,
  oracledb: takeOnOracle,
};

export const createTakeRows = (db: Database, mapping: ExchangeMapping, options: TakeOptions): TakeRows =>
  forEngine(db.engine, TAKE_ROWS)(mapping, options);
