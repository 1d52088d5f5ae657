import { type Database, forEngine, type PerEngine, type Query } from '../../shared/database/open-database';
import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import type { Selection } from '../collect-batch';
import type { ExchangeRow, RecvRow, ReportRow, RespRow } from '../core/exchange-rows';

/** Deletes rows of one exchange table inside the caller's transaction and returns them in the order of SEQ_ID. */
export type ClaimRows<Row extends ExchangeRow> = (query: Query, selection: Selection) => Promise<readonly Row[]>;

export type ExchangeClaims = {
  readonly resp: ClaimRows<RespRow>;
  readonly report: ClaimRows<ReportRow>;
  readonly recv: ClaimRows<RecvRow>;
};

/** A row type without its id: each field is a column of the exchange table. */
type Fields<Row extends ExchangeRow> = { readonly [F in Exclude<keyof Row, 'id' | 'waited'>]-?: string };

/** The columns as whatever type the province gave them; the row's fields are text and epoch ms. */
const text = (column: string): string => `${column}::text`;
const epochMs = (column: string): string => `floor(extract(epoch FROM ${column}) * 1000)::float8`;

const claimOnPostgres = <Row extends ExchangeRow>(
  table: string,
  seqId: string,
  fields: Fields<Row>,
): ClaimRows<Row> => {
  const names = Object.keys(fields);
  const returned = Object.entries<string>(fields).map(([field, expression]) => `${expression} AS "${field}"`);
  // whoever comes second skips what the first one holds; never "greater than the last one seen": rows do not commit in the order of their numbers
  const claim = (which: string): string => `
WITH gone AS (
  DELETE FROM ${table} WHERE ${seqId} = ANY(ARRAY(
    SELECT ${seqId} FROM ${table} ${which} FOR UPDATE SKIP LOCKED))
  RETURNING ${seqId} AS seq, ${returned.join(', ')})
SELECT seq::text AS id, ${names.map((name) => `"${name}"`).join(', ')} FROM gone ORDER BY seq`;
  const next = claim(`ORDER BY ${seqId} LIMIT $1`);
  const these = claim(`WHERE ${seqId} = ANY($1) ORDER BY ${seqId}`);
  // not prepared: a plan that was made while the table was empty would be kept, and sort the whole backlog for every batch
  return async (query, selection) => {
    const { rows } =
      'limit' in selection ? await query<Row>(next, [selection.limit]) : await query<Row>(these, [selection.ids]);
    return rows;
  };
};

const exchangeClaimsOnPostgres = ({ tables, columns: { resp, report, recv } }: ExchangeNames): ExchangeClaims => ({
  resp: claimOnPostgres<RespRow>(tables.resp, resp.seqId, {
    msgId: text(resp.msgId),
    gatewayMsgId: text(resp.gatewayMsgId),
    result: text(resp.result),
    resultDesc: text(resp.resultDesc),
    respMs: epochMs(resp.respTime),
  }),
  report: claimOnPostgres<ReportRow>(tables.report, report.seqId, {
    gatewayMsgId: text(report.gatewayMsgId),
    msgId: text(report.msgId),
    destAddr: text(report.destAddr),
    stat: text(report.stat),
    errCode: text(report.errCode),
    submitMs: epochMs(report.submitTime),
    doneMs: epochMs(report.doneTime),
  }),
  recv: claimOnPostgres<RecvRow>(tables.recv, recv.seqId, {
    srcAddr: text(recv.srcAddr),
    destAddr: text(recv.destAddr),
    content: text(recv.content),
    msgFmt: text(recv.msgFmt),
    recvMs: epochMs(recv.recvTime),
  }),
});

const EXCHANGE_CLAIMS: PerEngine<(names: ExchangeNames) => ExchangeClaims> = { pg: exchangeClaimsOnPostgres };

/** The claims of the three exchange tables, by the configured names. */
export const createExchangeClaims = (db: Database, names: ExchangeNames): ExchangeClaims =>
  forEngine(db.engine, EXCHANGE_CLAIMS)(names);
