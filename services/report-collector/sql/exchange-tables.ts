import type { Tx } from '../../../shared/database/database';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import type { Selection } from '../collect-batch';
import type { ExchangeRow, RecvRow, ReportRow, RespRow } from '../core/exchange-rows';

/**
 * Deletes rows of one exchange table inside the caller's transaction. Returns them in the order of
 * SEQ_ID.
 */
export type ClaimRows<Row extends ExchangeRow> = (tx: Tx, selection: Selection) => Promise<readonly Row[]>;

/**
 * One exchange table, with the column of each field of its rows. null: the province has no such
 * column, and the field is null.
 */
export type ExchangeTable<Row extends ExchangeRow> = {
  readonly name: string;
  readonly seqId: string;
  readonly fields: { readonly [F in Exclude<keyof Row, 'id' | 'waited' | 'unreadable'>]-?: string | null };
};

/** Returns true for fields that are times, in epoch ms. */
export const isTime = (field: string): boolean => field.endsWith('Ms');

/** Returns the three tables that the province writes, by the configured names. */
export const exchangeTables = ({
  tables,
  columns: { resp, report, recv },
}: ExchangeMapping): {
  readonly resp: ExchangeTable<RespRow>;
  readonly report: ExchangeTable<ReportRow>;
  readonly recv: ExchangeTable<RecvRow>;
} => ({
  resp: {
    name: tables.resp,
    seqId: resp.seqId,
    fields: {
      msgId: resp.msgId,
      gatewayMsgId: resp.gatewayMsgId,
      result: resp.result,
      resultDesc: resp.resultDesc,
      respMs: resp.respTime,
    },
  },
  report: {
    name: tables.report,
    seqId: report.seqId,
    fields: {
      gatewayMsgId: report.gatewayMsgId,
      msgId: report.msgId,
      destAddr: report.destAddr,
      stat: report.stat,
      errCode: report.errCode,
      submitMs: report.submitTime,
      doneMs: report.doneTime,
    },
  },
  recv: {
    name: tables.recv,
    seqId: recv.seqId,
    fields: {
      srcAddr: recv.srcAddr,
      destAddr: recv.destAddr,
      content: recv.content,
      msgFmt: recv.msgFmt,
      recvMs: recv.recvTime,
    },
  },
});
