import type { SmsReceivedAck } from '../../../shared/avro/records';

/** A received message as the live table or the history holds it. */
export type AckedRow = {
  readonly receivedId: string;
  readonly appId: string | null;
  readonly processed: boolean;
  readonly table: 'live' | 'history';
};

export type AckDecisions<A> = {
  /** first acknowledgement of its message: processed now */
  readonly apply: readonly A[];
  /** its message is not there (yet) */
  readonly wait: readonly A[];
  /** an earlier acknowledgement was applied */
  readonly repeated: readonly A[];
  readonly refused: readonly A[];
};

/**
 * Returns true if an application may acknowledge a message: it came for its own extension, or the
 * application is customer service.
 */
const mayAcknowledge = (appId: string, row: Pick<AckedRow, 'appId'>, customerService: ReadonlySet<string>): boolean =>
  row.appId === appId || customerService.has(appId);

/**
 * Decides about acknowledgements in the order of their arrival: the first allowed one of a message
 * wins.
 */
export const decideAcks = <A extends { readonly ack: SmsReceivedAck }>(
  acks: readonly A[],
  rows: readonly AckedRow[],
  customerService: ReadonlySet<string>,
): AckDecisions<A> => {
  const byId = new Map(rows.map((row) => [row.receivedId, row]));
  const processed = new Set(rows.filter((row) => row.processed).map((row) => row.receivedId));
  const decisions = { apply: [] as A[], wait: [] as A[], repeated: [] as A[], refused: [] as A[] };
  for (const item of acks) {
    const row = byId.get(item.ack.receivedId);
    if (row === undefined) decisions.wait.push(item);
    else if (!mayAcknowledge(item.ack.appId, row, customerService)) decisions.refused.push(item);
    else if (processed.has(row.receivedId)) decisions.repeated.push(item);
    else {
      processed.add(row.receivedId);
      decisions.apply.push(item);
    }
  }
  return decisions;
};

const LATEST_MS = Date.UTC(2100, 0, 1);

/** Returns why an acknowledgement cannot be stored, or undefined. */
export const problemOfAck = ({ receivedId, appId, processedAt }: SmsReceivedAck): string | undefined => {
  if (!/^[\x21-\x7e]{1,64}$/.test(receivedId)) return 'receivedId must be 1 to 64 visible characters';
  if (!/^[^\0]{1,32}$/u.test(appId)) return 'appId must be 1 to 32 characters';
  if (!(processedAt >= 0 && processedAt < LATEST_MS)) return 'processedAt must be a time in milliseconds since 1970';
  return undefined;
};
