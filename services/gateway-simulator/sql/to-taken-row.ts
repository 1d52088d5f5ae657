import type { Tx } from '../../../shared/database/database';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { type Literal, toLiteral } from '../../../shared/exchange/sql-literal';
import type { TakenRow } from '../core/behaviour';

/**
 * Deletes these rows of the exchange table, or marks them if the province does so, and enters them
 * in the journal, inside the caller's transaction.
 * @returns the rows that were there and that no other transaction held
 */
export type TakeRows = (tx: Tx, seqIds: readonly string[]) => Promise<readonly TakenRow[]>;

export type TakeOptions = { readonly journal: string; readonly seed: string; readonly instanceId: string };

/** The columns of a taken row as both engines return them. */
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

/**
 * Returns the SQL of the mark on a taken row; undefined if the province deletes its rows.
 * @param now SQL of the time, for a mark that is a time
 */
export const markOf = ({ send: { taken } }: ExchangeMapping, now: string): string | undefined =>
  taken === null
    ? undefined
    : `${taken.column} = ${taken.values === undefined ? now : toLiteral(taken.values[0] as Literal)}`;
