import type { LedgerStatus } from './status';

/**
 * A part of a message that the gateway answers part by part, known by the gateway's id. `partNo` counts them as they became known; 0 is no part, but one
 * more id by which the gateway calls the whole message.
 */
export type Part = {
  readonly key: string;
  readonly gatewayMsgId: string;
  readonly partNo: number;
  readonly status: LedgerStatus;
  readonly gatewayCode: string | null;
};

/** True when the gateway answers this message part by part. */
export const isAnsweredByPart = (message: { readonly partCount: number }, perPart: boolean): boolean =>
  perPart && message.partCount > 1;
