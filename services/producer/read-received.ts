import { planReceivedPage, type Received, type ReceivedCursor, type ReceivedPage } from './core/received-cursor';

export type ReadReceivedPorts<R extends Received> = {
  /** Up to `limit` messages of the application behind a place, day and history, in the order of (offeredAt, receivedId). */
  readonly findReceived: (
    appId: string,
    behind: { readonly at: number; readonly id: string },
    limit: number,
  ) => Promise<readonly R[]>;
  readonly now: () => number;
  readonly settleMs: number;
};

/** One page of an application's received messages. */
export const readReceived = async <R extends Received>(
  request: { readonly appId: string; readonly cursor: ReceivedCursor; readonly limit: number },
  ports: ReadReceivedPorts<R>,
): Promise<ReceivedPage<R>> => {
  const { appId, cursor, limit } = request;
  const settledBefore = ports.now() - ports.settleMs;
  const rows = await ports.findReceived(appId, cursor, limit + cursor.seen.length + 1);
  return planReceivedPage(cursor, rows, { limit, settledBefore });
};
