import type { LedgerStatus } from './status';

/**
 * A segment of a message whose gateway answers per segment, identified by the gateway's id.
 * `partNo` counts segments in the order in which they became known. 0 is not a segment, but another
 * gateway id of the whole message.
 */
export type Part = {
  readonly key: string;
  readonly gatewayMsgId: string;
  readonly partNo: number;
  readonly status: LedgerStatus;
  readonly gatewayCode: string | null;
};

/** Returns true when the gateway answers this message per segment. */
export const isAnsweredByPart = (message: { readonly partCount: number }, perPart: boolean): boolean =>
  perPart && message.partCount > 1;
