import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { WIDTHS } from '../../../shared/ledger/widths';
import { stripInvisible } from '../../../shared/sms/dialled-text';
import { type RecvRow, type ReportRow, type RespRow, toText } from './exchange-rows';

/**
 * Why a row cannot be used: a stable code, and a text for people. The text names the column and
 * never holds its content.
 */
export type RowProblem = { readonly reason: string; readonly message: string };

/** Leaves out columns that the province does not have. */
const missing = (...named: readonly (string | null)[]): RowProblem => {
  const columns = named.filter((column) => column !== null);
  return {
    reason: 'ROW_VALUE_MISSING',
    message: `${columns.join(' and ')} ${columns.length > 1 ? 'are' : 'is'} empty, so the row cannot be used. The province must fill ${columns.length > 1 ? 'one of them' : 'it'}`,
  };
};

const tooLong = (column: string | null, value: string | null, most: number): RowProblem | undefined => {
  // The database counts code points. Only a long text is worth counting that way.
  if (value === null || value.length <= most) return undefined;
  const length = [...value].length;
  if (length <= most) return undefined;
  return { reason: 'ROW_TEXT_TOO_LONG', message: `${column} has ${length} characters, at most ${most} can be stored` };
};

type Columns = ExchangeMapping['columns'];

// Only a row's identification and its content can make it useless. Padding is trimmed before
// lengths are measured. An implausible time counts as none, and so does an address or a second id
// that is too long. A remark is cut.

export const problemOfResp = (row: RespRow, columns: Columns['resp']): RowProblem | undefined => {
  const msgId = toText(row.msgId);
  if (msgId === null) return missing(columns.msgId);
  if (toText(row.result) === null) return missing(columns.result);
  return tooLong(columns.msgId, msgId, WIDTHS.id);
};

export const problemOfReport = (row: ReportRow, columns: Columns['report']): RowProblem | undefined => {
  const msgId = toText(row.msgId);
  const gatewayMsgId = toText(row.gatewayMsgId);
  if (msgId === null && gatewayMsgId === null) return missing(columns.msgId, columns.gatewayMsgId);
  if (toText(row.stat) === null && toText(row.errCode) === null) return missing(columns.stat, columns.errCode);
  const ofId = tooLong(columns.gatewayMsgId, gatewayMsgId, WIDTHS.id);
  const ofMsgId = tooLong(columns.msgId, msgId, WIDTHS.id);
  if (gatewayMsgId === null) return ofMsgId;
  // One valid id is enough to find the message.
  return msgId === null || ofMsgId !== undefined ? ofId : undefined;
};

/**
 * Returns the problem of a received message. An empty text is still a message, and so is one to an
 * unknown number.
 */
export const problemOfRecv = (row: RecvRow, columns: Columns['recv']): RowProblem | undefined => {
  const srcAddr = toText(row.srcAddr === null ? null : stripInvisible(row.srcAddr));
  if (srcAddr === null) return missing(columns.srcAddr);
  return tooLong(columns.srcAddr, srcAddr, WIDTHS.sender) ?? tooLong(columns.content, row.content, WIDTHS.inboundText);
};

/** Returns the id without padding, or null if it is too long for the ledger. */
export const toKeptId = (id: string | null): string | null => {
  const text = toText(id);
  return text === null || tooLong('', text, WIDTHS.id) !== undefined ? null : text;
};

/** Returns the address without padding, or null if it is too long to be a number. */
export const toKeptAddress = (address: string | null): string | null => {
  const text = toText(address);
  return text === null || tooLong('', text, WIDTHS.address) !== undefined ? null : text;
};
