import type { Tx } from '../../../shared/database/database';
import { ID_COLUMN } from '../../../shared/database/oracle/oracle-columns';
import { isRowChanged } from '../../../shared/database/oracle/row-counts';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { toSendColumns } from '../../../shared/exchange/send-columns';
import { toZone } from '../../../shared/exchange/time-zone';
import { toZonedSql } from '../../../shared/exchange/wall-clock';
import { destAddrInSql } from '../../../shared/sms/dest-addr';

/**
 * Returns PostgreSQL's text that inserts the HANDED rows of a CTE with the ledger's columns into
 * the exchange table.
 * @param from the CTE, the parameter of now (epoch ms), and the order in which the rows get their
 *   SEQ_ID
 */
export const insertExchangeRows = (
  mapping: ExchangeMapping,
  from: { readonly cte: string; readonly now: string; readonly orderBy: string },
): string => {
  const { columns, values } = toSendColumns(mapping, {
    msgId: 'msg_id',
    appId: 'app_id',
    extCode: 'ext_code',
    destAddr: destAddrInSql('dest_addr', mapping.destAddr),
    content: 'content',
    msgFmt: String(mapping.codes.msgFmt),
    priority: 'priority',
    needReport: 'CASE WHEN need_report THEN 1 ELSE 0 END',
    // A column without a time zone gets the time in the session's zone, which is the province's.
    sendTime: 'scheduled_at',
    validTime: 'expires_at',
    createTime: `to_timestamp(${from.now}::float8 / 1000)`,
  });
  return `
  INSERT INTO ${mapping.tables.send} (${columns})
  SELECT ${values}
    FROM ${from.cte} WHERE status = 'HANDED'::text ORDER BY ${from.orderBy}`;
};

/**
 * Inserts those of these ledger rows (by MSG_ID) that are HANDED into the exchange table, in this
 * order.
 * @returns for each row whether it was inserted
 */
export type InsertExchangeRows = (tx: Pick<Tx, 'oracle'>, msgIds: readonly string[]) => Promise<readonly boolean[]>;

/**
 * Creates Oracle's insert. It copies row by row from the ledger, where this transaction has just
 * written and locked the rows. So the exchange table gets what the ledger holds, and each text
 * travels to the server once. MSG_FMT is a number from the configuration and part of the statement.
 */
export const createInsertExchangeRows = (mapping: ExchangeMapping): InsertExchangeRows => {
  const zone = toZone(mapping.timeZone);
  const { columns: written, values } = toSendColumns(mapping, {
    msgId: 'MSG_ID',
    appId: 'APP_ID',
    extCode: 'EXT_CODE',
    destAddr: destAddrInSql('DEST_ADDR', mapping.destAddr),
    content: 'CONTENT',
    msgFmt: String(mapping.codes.msgFmt),
    priority: 'PRIORITY',
    needReport: 'NEED_REPORT',
    sendTime: toZonedSql('SCHEDULED_AT', zone),
    validTime: toZonedSql('EXPIRES_AT', zone),
    createTime: toZonedSql('HANDED_AT', zone),
  });
  const statement = `INSERT INTO ${mapping.tables.send} (${written})
SELECT ${values}
  FROM SM_SEND_T WHERE MSG_ID = :1 AND STATUS = 'HANDED'`;
  const columns = [ID_COLUMN];
  return async ({ oracle }, msgIds) => {
    const { rowCounts } = await oracle.executeMany(
      statement,
      msgIds.map((id) => [id]),
      columns,
    );
    return rowCounts.map(isRowChanged);
  };
};
