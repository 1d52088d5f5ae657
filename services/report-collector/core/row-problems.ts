import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import { type RecvRow, type ReportRow, type RespRow, toText } from './exchange-rows';

/** Why a row cannot be used: a stable code, and a text for people that names the column and never holds its content. */
export type RowProblem = { readonly reason: string; readonly message: string };

/** What the platform's own columns hold. */
export const WIDTHS = { id: 64, code: 32, address: 40, sender: 32, inboundText: 2000, words: 200 } as const;

const LATEST_MS = Date.UTC(2100, 0, 1);

/** A column that the province does not have is not to blame. */
const missing = (...named: readonly (string | null)[]): RowProblem => {
  const columns = named.filter((column) => column !== null);
  return {
    reason: 'ROW_VALUE_MISSING',
    message: `${columns.join(' and ')} ${columns.length > 1 ? 'are' : 'is'} empty: nobody can tell what the row is about. The province must fill ${columns.length > 1 ? 'one of them' : 'it'}`,
  };
};

const tooLong = (column: string | null, value: string | null, most: number): RowProblem | undefined => {
  // only a long text is worth counting by code points, as the database counts
  if (value === null || value.length <= most) return undefined;
  const length = [...value].length;
  if (length <= most) return undefined;
  return { reason: 'ROW_TEXT_TOO_LONG', message: `${column} has ${length} characters, at most ${most} can be stored` };
};

const badTime = (column: string | null, ms: number | null): RowProblem | undefined =>
  ms === null || (ms >= 0 && ms < LATEST_MS)
    ? undefined
    : { reason: 'ROW_TIME_INVALID', message: `${column} is not a time between 1970 and 2100` };

type Columns = ExchangeNames['columns'];

export const problemOfResp = (row: RespRow, columns: Columns['resp']): RowProblem | undefined => {
  if (toText(row.msgId) === null) return missing(columns.msgId);
  if (toText(row.result) === null) return missing(columns.result);
  return (
    tooLong(columns.msgId, toText(row.msgId), WIDTHS.id) ??
    tooLong(columns.gatewayMsgId, toText(row.gatewayMsgId), WIDTHS.id) ??
    badTime(columns.respTime, row.respMs)
  );
};

export const problemOfReport = (row: ReportRow, columns: Columns['report']): RowProblem | undefined => {
  if (toText(row.msgId) === null && toText(row.gatewayMsgId) === null)
    return missing(columns.msgId, columns.gatewayMsgId);
  if (toText(row.stat) === null && toText(row.errCode) === null) return missing(columns.stat, columns.errCode);
  return (
    tooLong(columns.msgId, toText(row.msgId), WIDTHS.id) ??
    tooLong(columns.gatewayMsgId, toText(row.gatewayMsgId), WIDTHS.id) ??
    tooLong(columns.stat, row.stat, WIDTHS.code) ??
    tooLong(columns.errCode, row.errCode, WIDTHS.code) ??
    tooLong(columns.destAddr, row.destAddr, WIDTHS.address) ??
    badTime(columns.submitTime, row.submitMs) ??
    badTime(columns.doneTime, row.doneMs)
  );
};

/** An empty text is a message all the same. */
export const problemOfRecv = (row: RecvRow, columns: Columns['recv']): RowProblem | undefined => {
  if (toText(row.srcAddr) === null) return missing(columns.srcAddr);
  if (toText(row.destAddr) === null) return missing(columns.destAddr);
  return (
    tooLong(columns.srcAddr, toText(row.srcAddr), WIDTHS.sender) ??
    tooLong(columns.destAddr, row.destAddr, WIDTHS.address) ??
    tooLong(columns.content, row.content, WIDTHS.inboundText) ??
    badTime(columns.recvTime, row.recvMs)
  );
};
