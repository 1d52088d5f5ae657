import type { LedgerStatus } from './status';

/**
 * A segment of a message whose gateway answers per segment, identified by the gateway's id.
 * `segmentNo` counts segments in the order in which they became known. 0 is not a segment, but
 * another gateway id of the whole message.
 */
export type Segment = {
  readonly key: string;
  readonly gatewayMsgId: string;
  readonly segmentNo: number;
  readonly status: LedgerStatus;
  readonly gatewayCode: string | null;
};

/** Returns true when the gateway answers this message per segment. */
export const isAnsweredPerSegment = (message: { readonly partCount: number }, perSegment: boolean): boolean =>
  perSegment && message.partCount > 1;
