import { eventId } from '../../../shared/event-id';
import { LATEST_MS } from '../../../shared/ledger/latest';
import { parseMoment } from '../../../shared/sms/moment';

/** Where a reader of received messages stands. */
export type ReceivedCursor = {
  /** everything up to this place, in the order of (offeredAt, receivedId), is settled: given, and nothing can be committed there any more */
  readonly at: number;
  readonly id: string;
  /** marks of messages behind that place that were given already */
  readonly seen: readonly string[];
};

export type Received = { readonly receivedId: string; readonly offeredAt: number; readonly attempt: number };

export type ReceivedPage<R> = { readonly page: readonly R[]; readonly next: ReceivedCursor; readonly more: boolean };

export const BEGINNING: ReceivedCursor = { at: 0, id: '', seen: [] };

/** The longest cursor then has 5,400 characters, which proxies still take as part of an address. */
export const SEEN_MAX = 500;

const MARK_HEX = 16;
const VERSION = 1;

/** A message that is offered again counts as another one. */
const markOf = ({ receivedId, attempt }: Received): string =>
  eventId(receivedId, attempt).replaceAll('-', '').slice(0, MARK_HEX);

/**
 * The next page. Rows are committed a little later than the time they carry, and not in its order: reading on from the last row seen would skip those
 * that come late. So the place in the cursor only moves over rows older than `settledBefore`; what is younger is read again every time, and
 * the cursor remembers what was given of it. With more than SEEN_MAX young rows the rest waits until they are settled.
 * Pure: any interleaving of late commits, each within the settling time, gives every row exactly once.
 * @param rows the rows behind the cursor's place in order, at least `limit + cursor.seen.length + 1` of them if there are as many
 */
export const planReceivedPage = <R extends Received>(
  cursor: ReceivedCursor,
  rows: readonly R[],
  { limit, settledBefore }: { readonly limit: number; readonly settledBefore: number },
): ReceivedPage<R> => {
  const seen = new Set(cursor.seen);
  const page: R[] = [];
  let { at, id } = cursor;
  for (const row of rows) {
    const mark = markOf(row);
    const settled = row.offeredAt <= settledBefore;
    if (!seen.has(mark)) {
      const full = page.length >= limit;
      if (full || (!settled && seen.size >= SEEN_MAX)) return { page, next: { at, id, seen: [...seen] }, more: full };
      page.push(row);
    }
    if (settled) {
      at = row.offeredAt;
      id = row.receivedId;
      seen.delete(mark);
    } else seen.add(mark);
  }
  // all rows were looked at: what is remembered of others (moved, purged) is of no use, and the place may move on without rows
  const present = new Set(rows.map(markOf));
  const place = settledBefore - 1 > at ? { at: settledBefore - 1, id: '' } : { at, id };
  return { page, next: { ...place, seen: [...seen].filter((mark) => present.has(mark)) }, more: false };
};

/** The cursor as text for an address. */
export const toCursorText = ({ at, id, seen }: ReceivedCursor): string => {
  const head = Buffer.alloc(8);
  head.writeUInt8(VERSION, 0);
  head.writeUIntBE(at, 1, 6);
  head.writeUInt8(id.length, 7);
  return Buffer.concat([head, Buffer.from(id, 'latin1'), Buffer.from(seen.join(''), 'hex')]).toString('base64url');
};

/** A cursor of ours, or a time from which to start (ISO 8601 with zone). Undefined when the text is neither. */
export const parseCursor = (text: string): ReceivedCursor | undefined => {
  if (text === '') return BEGINNING;
  const at = parseMoment(text);
  if (at !== undefined) return at >= 0 && at <= LATEST_MS ? { at, id: '', seen: [] } : undefined;
  const bytes = Buffer.from(text, 'base64url');
  const marks = 8 + (bytes[7] ?? 0);
  const rest = bytes.length - marks;
  const sound =
    bytes[0] === VERSION && rest >= 0 && rest % (MARK_HEX / 2) === 0 && bytes.toString('base64url') === text;
  if (!sound || rest / (MARK_HEX / 2) > SEEN_MAX || bytes.readUIntBE(1, 6) > LATEST_MS) return undefined;
  const id = bytes.toString('latin1', 8, marks);
  if (!/^[\x21-\x7e]{0,64}$/.test(id)) return undefined;
  const hex = bytes.toString('hex', marks);
  return { at: bytes.readUIntBE(1, 6), id, seen: hex.match(/.{16}/g) ?? [] };
};
