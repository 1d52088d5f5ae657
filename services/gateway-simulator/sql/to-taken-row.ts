import type { TakenRow } from '../core/behaviour';

/** What both engines give of a row that was taken. */
export type TakenColumns = {
  readonly msg_id: string;
  readonly dest_addr: string;
  readonly ext_code: string | null;
  readonly content: string;
  readonly need_report: number | null;
  readonly gateway_msg_id: string;
  readonly expired: boolean;
};

export const toTakenRow = (row: TakenColumns): TakenRow => ({
  msgId: row.msg_id,
  destAddr: row.dest_addr,
  extCode: row.ext_code ?? '',
  content: row.content,
  needReport: row.need_report !== 0,
  gatewayMsgId: row.gateway_msg_id,
  expired: row.expired,
});
