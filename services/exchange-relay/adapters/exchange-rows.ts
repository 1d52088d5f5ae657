import type { ExchangeNames } from '../../shared/exchange/exchange-names';

/**
 * The text that inserts the handed-over rows of a CTE with the ledger's columns into the exchange table.
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
