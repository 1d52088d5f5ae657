import type { Tx } from '../../shared/database/open-database';
import { textColumn } from '../../shared/database/oracle-columns';
import { wasChanged } from '../../shared/database/row-counts';
import type { ExchangeNames } from '../../shared/exchange/exchange-names';

/**
 * PostgreSQL: the text that inserts the handed-over rows of a CTE with the ledger's columns into the exchange table.
 * @param from the CTE, the parameters of now (epoch ms) and of MSG_FMT, and the order in which the rows get their SEQ_ID
 */
export const insertExchangeRows = (
  { tables, columns: { send: to } }: ExchangeNames,
  from: { readonly cte: string; readonly now: string; readonly msgFmt: string; readonly orderBy: string },
): string => `
  INSERT INTO ${tables.send} (${to.msgId}, ${to.appId}, ${to.extCode}, ${to.destAddr}, ${to.content}, ${to.msgFmt}, ${to.priority},
                              ${to.needReport}, ${to.sendTime}, ${to.validTime}, ${to.createTime})
  SELECT message_id, app_id, ext_code, dest_addr, content, ${from.msgFmt}::int, priority,
         CASE WHEN need_report THEN 1 ELSE 0 END, scheduled_at, expires_at, to_timestamp(${from.now}::float8 / 1000)
    FROM ${from.cte} WHERE status = 'HANDED' ORDER BY ${from.orderBy}`;

/** Inserts the handed-over ones of these ledger rows into the exchange table, in this order. @returns for each whether it was */
export type InsertExchangeRows = (tx: Pick<Tx, 'oracle'>, messageIds: readonly string[]) => Promise<readonly boolean[]>;

/**
 * Oracle: row by row out of the ledger, where this transaction has just written and locked them. So what is handed over is what the ledger says, and a
 * text travels to the server once. MSG_FMT is a number of the configuration, and part of the text.
 */
export const createInsertExchangeRows = ({
  tables,
  columns: { send: to },
  codes,
}: ExchangeNames): InsertExchangeRows => {
  const statement = `INSERT INTO ${tables.send} (${to.msgId}, ${to.appId}, ${to.extCode}, ${to.destAddr}, ${to.content}, ${to.msgFmt}, ${to.priority},
  ${to.needReport}, ${to.sendTime}, ${to.validTime}, ${to.createTime})
SELECT MESSAGE_ID, APP_ID, EXT_CODE, DEST_ADDR, CONTENT, ${codes.msgFmt}, PRIORITY, NEED_REPORT, SCHEDULED_AT, EXPIRES_AT, HANDED_AT
  FROM SM_SEND_T WHERE MESSAGE_ID = :1 AND STATUS = 'HANDED'`;
  const columns = [textColumn(64)];
  return async ({ oracle }, messageIds) => {
    const { rowCounts } = await oracle.executeMany(
      statement,
      messageIds.map((id) => [id]),
      columns,
    );
    return rowCounts.map(wasChanged);
  };
};
