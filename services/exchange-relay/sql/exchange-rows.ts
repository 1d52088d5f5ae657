import type { Tx } from '../../../shared/database/database';
import { ID_COLUMN } from '../../../shared/database/oracle/oracle-columns';
import { wasChanged } from '../../../shared/database/oracle/row-counts';
import type { ExchangeNames } from '../../../shared/exchange/exchange-names';
import { toSendColumns } from '../../../shared/exchange/send-columns';
import { toZone } from '../../../shared/exchange/time-zone';
import { inZone } from '../../../shared/exchange/wall-clock';
import { destAddrInSql } from '../../../shared/sms/dest-addr';

/**
 * PostgreSQL: the text that inserts the handed-over rows of a CTE with the ledger's columns into the exchange table.
 * @param from the CTE, the parameter of now (epoch ms), and the order in which the rows get their SEQ_ID
 */
export const insertExchangeRows = (
  names: ExchangeNames,
  from: { readonly cte: string; readonly now: string; readonly orderBy: string },
): string => {
  const { columns, values } = toSendColumns(names, {
    msgId: 'msg_id',
    appId: 'app_id',
    extCode: 'ext_code',
    destAddr: destAddrInSql('dest_addr', names.destAddr),
    content: 'content',
    msgFmt: String(names.codes.msgFmt),
    priority: 'priority',
    needReport: 'CASE WHEN need_report THEN 1 ELSE 0 END',
    // the session's time zone is the province's: that is what a column without one gets
    sendTime: 'scheduled_at',
    validTime: 'expires_at',
    createTime: `to_timestamp(${from.now}::float8 / 1000)`,
  });
  return `
  INSERT INTO ${names.tables.send} (${columns})
  SELECT ${values}
    FROM ${from.cte} WHERE status = 'HANDED'::text ORDER BY ${from.orderBy}`;
};

/** Inserts the handed-over ones of these ledger rows (by MSG_ID) into the exchange table, in this order. @returns for each whether it was */
export type InsertExchangeRows = (tx: Pick<Tx, 'oracle'>, msgIds: readonly string[]) => Promise<readonly boolean[]>;

/**
 * Oracle: row by row out of the ledger, where this transaction has just written and locked them. So what is handed over is what the ledger says, and a
 * text travels to the server once. MSG_FMT is a number of the configuration, and part of the text.
 */
export const createInsertExchangeRows = (names: ExchangeNames): InsertExchangeRows => {
  const zone = toZone(names.timeZone);
  const { columns: written, values } = toSendColumns(names, {
    msgId: 'MSG_ID',
    appId: 'APP_ID',
    extCode: 'EXT_CODE',
    destAddr: destAddrInSql('DEST_ADDR', names.destAddr),
    content: 'CONTENT',
    msgFmt: String(names.codes.msgFmt),
    priority: 'PRIORITY',
    needReport: 'NEED_REPORT',
    sendTime: inZone('SCHEDULED_AT', zone),
    validTime: inZone('EXPIRES_AT', zone),
    createTime: inZone('HANDED_AT', zone),
  });
  const statement = `INSERT INTO ${names.tables.send} (${written})
SELECT ${values}
  FROM SM_SEND_T WHERE MSG_ID = :1 AND STATUS = 'HANDED'`;
  const columns = [ID_COLUMN];
  return async ({ oracle }, msgIds) => {
    const { rowCounts } = await oracle.executeMany(
      statement,
      msgIds.map((id) => [id]),
      columns,
    );
    return rowCounts.map(wasChanged);
  };
};
