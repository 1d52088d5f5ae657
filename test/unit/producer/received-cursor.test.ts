import fc from 'fast-check';
import {
  FIRST_CURSOR,
  parseCursor,
  planReceivedPage,
  type Received,
  type ReceivedCursor,
  SEEN_MAX,
  toCursorText,
} from '../../../services/producer/core/received-cursor';
import { tries } from '../../support/tries';

const SETTLE_MS = 1_000;
const T0 = Date.UTC(2026, 10, 24);

/** A row carries `offeredAt`, and is visible from `committedAt` on. */
type Row = Received & { readonly committedAt: number };

const read = (rows: readonly Row[], cursor: ReceivedCursor, now: number, limit: number) => {
  const visible = rows
    .filter(({ committedAt }) => committedAt <= now)
    .filter(({ offeredAt: at, receivedId: id }) => at > cursor.offeredAt || (at === cursor.offeredAt && id > cursor.id))
    .sort((a, b) => a.offeredAt - b.offeredAt || (a.receivedId < b.receivedId ? -1 : 1))
    .slice(0, limit + cursor.seen.length + 1);
  const result = planReceivedPage(cursor, visible, { limit, settledBefore: now - SETTLE_MS });
  // the caller keeps the text form
  const next = parseCursor(toCursorText(result.next));
  expect(JSON.stringify(next)).toBe(JSON.stringify(result.next));
  return { ...result, next: next! };
};

/** Reads until there is nothing more and all is settled. */
const readAll = (
  rows: readonly Row[],
  limit: number,
  pollMs: number,
  from: ReceivedCursor = FIRST_CURSOR,
  start = T0,
) => {
  const given: string[] = [];
  let cursor = from;
  let now = start;
  const end = Math.max(start, ...rows.map(({ committedAt }) => committedAt)) + 2 * SETTLE_MS + 2 * pollMs;
  while (now < end) {
    const { page, next, more } = read(rows, cursor, now, limit);
    expect(page.length).toBeLessThanOrEqual(limit);
    expect(next.seen.length).toBeLessThanOrEqual(SEEN_MAX);
    given.push(...page.map(({ receivedId, attempt }) => `${receivedId}/${attempt}`));
    cursor = next;
    if (!more) now += pollMs;
  }
  return { given, cursor };
};

const row = (id: number, offeredAt: number, late = 0, attempt = 1): Row => ({
  receivedId: `r${String(id).padStart(5, '0')}`,
  offeredAt,
  committedAt: offeredAt + late,
  attempt,
});

describe('reading received messages', () => {
  it('returns every message exactly once, however late within the settling time it is committed', () => {
    const rows = fc
      .array(fc.tuple(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: SETTLE_MS - 1 })), {
        maxLength: 60,
      })
      .map((times) => times.map(([at, late], index) => row(index, T0 + at, late)));
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 50, max: 700 }), (all, limit, pollMs) => {
        const { given } = readAll(all, limit, pollMs);
        expect([...given].sort()).toEqual(all.map(({ receivedId }) => `${receivedId}/1`).sort());
      }),
      { numRuns: tries(100) },
    );
  });

  it('returns every message once when one lies in every millisecond', () => {
    const rows = Array.from({ length: 40 }, (_, index) => row(index, T0 + index));
    const { given } = readAll(rows, 7, 1, FIRST_CURSOR, T0 + 900);
    expect(given).toEqual(rows.map(({ receivedId }) => `${receivedId}/1`));
  });

  it('returns a message at once, although an earlier one may still come', () => {
    const early = row(1, T0, 900);
    const later = row(2, T0 + 100);
    const first = read([early, later], FIRST_CURSOR, T0 + 200, 10);
    expect(first.page).toEqual([later]);
    const second = read([early, later], first.next, T0 + 950, 10);
    expect(second.page).toEqual([early]);
    expect(read([early, later], second.next, T0 + 5_000, 10)).toMatchObject({ page: [], next: { seen: [] } });
  });

  it('delays the newest when more than the cursor remembers come within the settling time, and returns them afterwards', () => {
    const rows = Array.from({ length: SEEN_MAX + 200 }, (_, index) => row(index, T0 + index));
    const first = read(rows, FIRST_CURSOR, T0 + 999, 10_000);
    expect(first.page).toHaveLength(SEEN_MAX);
    expect(first.more).toBe(false);
    expect(toCursorText(first.next).length).toBeLessThan(5_500);
    const { given } = readAll(rows, 10_000, 400, first.next, T0 + 999);
    expect(given).toEqual(rows.slice(SEEN_MAX).map(({ receivedId }) => `${receivedId}/1`));
  });

  it('returns a message once more that is offered again', () => {
    const first = readAll([row(1, T0)], 10, 100);
    const again = readAll([row(1, T0 + 5_000, 0, 2)], 10, 100, first.cursor, T0 + 5_000);
    expect(again.given).toEqual(['r00001/2']);
  });

  it('advances without messages, so that an idle reader does not scan the history each time', () => {
    const { next } = read([], FIRST_CURSOR, T0, 10);
    expect(next.offeredAt).toBe(T0 - SETTLE_MS - 1);
    expect(read([row(1, T0 - 10)], next, T0, 10).page).toHaveLength(1);
  });

  it('starts at a time, and refuses text that is neither a time nor a cursor', () => {
    expect(parseCursor('2026-11-24T08:00:00+08:00')).toEqual({ offeredAt: T0, id: '', seen: [] });
    expect(parseCursor('')).toEqual(FIRST_CURSOR);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64url')),
        ),
        (text) => {
          const cursor = parseCursor(text);
          if (cursor === undefined || text === '') return;
          expect(Number.isInteger(cursor.offeredAt) && cursor.offeredAt >= 0).toBe(true);
          expect(toCursorText(cursor)).toBe(text);
        },
      ),
    );
  });
});
