import { parseCursor, planReceivedPage, type Received, toCursorText } from './core/received-cursor';

export type ReadReceivedPorts<R extends Received> = {
  /**
   * Returns up to `limit` messages of the application after a place, from live table and history,
   * in the order of (offeredAt, receivedId).
   */
  readonly findReceived: (
    appId: string,
    after: { readonly offeredAt: number; readonly id: string },
    limit: number,
  ) => Promise<readonly R[]>;
  readonly now: () => number;
  readonly settleMs: number;
};

/** `next` is the `after` of the following page. */
export type ReadPage<R> = { readonly page: readonly R[]; readonly next: string; readonly more: boolean };

/**
 * Returns one page of an application's received messages; undefined if `after` is neither the
 * `next` of a page nor a time.
 */
export const readReceived = async <R extends Received>(
  request: { readonly appId: string; readonly after: string; readonly limit: number },
  ports: ReadReceivedPorts<R>,
): Promise<ReadPage<R> | undefined> => {
  const { appId, after, limit } = request;
  const cursor = parseCursor(after);
  if (cursor === undefined) return undefined;
  const settledBefore = ports.now() - ports.settleMs;
  const rows = await ports.findReceived(appId, cursor, limit + cursor.seen.length + 1);
  const { page, next, more } = planReceivedPage(cursor, rows, { limit, settledBefore });
  return { page, next: toCursorText(next), more };
};
