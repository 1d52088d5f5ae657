import { eventId } from '../../../shared/event-id';
import { LATEST_MS } from '../../../shared/ledger/latest';
import { parseMoment } from '../../../shared/sms/moment';

/** The position of a reader of received messages. */
export type ReceivedCursor = {
  /**
   * every message up to this place, in the order of (offeredAt, receivedId), is settled: it was
   * returned, and no later commit can add one there
   */
  readonly offeredAt: number;
  readonly id: string;
  /** marks of messages after that place that were returned already */
  readonly seen: readonly string[];
};

export type Received = { readonly receivedId: string; readonly offeredAt: number; readonly attempt: number };

export type ReceivedPage<R> = { readonly page: readonly R[]; readonly next: ReceivedCursor; readonly more: boolean };

export const FIRST_CURSOR: ReceivedCursor = { offeredAt: 0, id: '', seen: [] };

/** A cursor then has at most 5,400 characters, which proxies still accept in an address. */
export const SEEN_MAX = 500;

const MARK_HEX = 16;
const VERSION = 1;

/** Returns the mark of a message. A repeated offer of the same message has another mark. */
const markOf = ({ receivedId, attempt }: Received): string =>
  eventId(receivedId, attempt).replaceAll('-', '').slice(0, MARK_HEX);

/**
 * Plans the next page. Rows are committed a little later than their own time, and not in its order,
 * so reading on from the last returned row would skip late ones. The place in the cursor therefore
 * moves only over rows older than `settledBefore`. Younger rows are read again each time, and the
 * cursor remembers which of them were returned. If more than SEEN_MAX rows are young, the rest
 * waits until they are settled. Late commits within the settling time, in any order, give every row
 * exactly once.
 * @param rows the rows after the cursor's place in order, at least `limit + cursor.seen.length + 1`
 *   if that many exist
 */
export const planReceivedPage = <R extends Received>(
  cursor: ReceivedCursor,
  rows: readonly R[],
  { limit, settledBefore }: { readonly limit: number; readonly settledBefore: number },
): ReceivedPage<R> => {
  const seen = new Set(cursor.seen);
  const page: R[] = [];
  let { offeredAt, id } = cursor;
  for (const row of rows) {
    const mark = markOf(row);
    const settled = row.offeredAt <= settledBefore;
    if (!seen.has(mark)) {
      const full = page.length >= limit;
      if (full || (!settled && seen.size >= SEEN_MAX))
        return { page, next: { offeredAt, id, seen: [...seen] }, more: full };
      page.push(row);
    }
    if (settled) {
      offeredAt = row.offeredAt;
      id = row.receivedId;
      seen.delete(mark);
    } else seen.add(mark);
  }
  // All rows were read. Marks of other rows (moved, purged) are of no use, and the place may move
  // on without rows.
  const present = new Set(rows.map(markOf));
  const position = settledBefore - 1 > offeredAt ? { offeredAt: settledBefore - 1, id: '' } : { offeredAt, id };
  return { page, next: { ...position, seen: [...seen].filter((mark) => present.has(mark)) }, more: false };
};

/** Returns the cursor as text for an address. */
export const toCursorText = ({ offeredAt, id, seen }: ReceivedCursor): string => {
  const head = Buffer.alloc(8);
  head.writeUInt8(VERSION, 0);
  head.writeUIntBE(offeredAt, 1, 6);
  head.writeUInt8(id.length, 7);
  return Buffer.concat([head, Buffer.from(id, 'latin1'), Buffer.from(seen.join(''), 'hex')]).toString('base64url');
};

/**
 * Parses the text of a cursor, or a start time (ISO 8601 with zone). Returns undefined if the text
 * is neither.
 */
export const parseCursor = (text: string): ReceivedCursor | undefined => {
  if (text === '') return FIRST_CURSOR;
  const time = parseMoment(text);
  if (time !== undefined) return time >= 0 && time <= LATEST_MS ? { offeredAt: time, id: '', seen: [] } : undefined;
  const bytes = Buffer.from(text, 'base64url');
  const marks = 8 + (bytes[7] ?? 0);
  const rest = bytes.length - marks;
  const sound =
    bytes[0] === VERSION && rest >= 0 && rest % (MARK_HEX / 2) === 0 && bytes.toString('base64url') === text;
  if (!sound || rest / (MARK_HEX / 2) > SEEN_MAX || bytes.readUIntBE(1, 6) > LATEST_MS) return undefined;
  const id = bytes.toString('latin1', 8, marks);
  if (!/^[\x21-\x7e]{0,64}$/.test(id)) return undefined;
  const hex = bytes.toString('hex', marks);
  return { offeredAt: bytes.readUIntBE(1, 6), id, seen: hex.match(/.{16}/g) ?? [] };
};
