/**
 * A time zone: converts between instants (epoch ms) and wall-clock times. A wall-clock time is the
 * epoch ms at which a clock of UTC would show it.
 */
export type Zone = {
  /** Returns the wall-clock time at an instant. */
  readonly toWall: (ms: number) => number;
  /**
   * Returns the instant of a wall-clock time. An hour that occurs twice is read as standard time.
   * An hour that daylight saving skips is read as if it had not been skipped.
   */
  readonly toInstant: (wallMs: number) => number;
  /** The zone as PostgreSQL's TimeZone and AT TIME ZONE take it. */
  readonly postgres: string;
  /**
   * The zone as Oracle's AT TIME ZONE takes it. An offset where it never changes, because a server
   * may not know the name (ORA-01882).
   */
  readonly oracle: string;
};

const OFFSET = /^([+-])(0\d|1[0-4]):([0-5]\d)$/;
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
/** Short enough to find zones that change for one month only. */
const STEP_MS = 14 * DAY_MS;
const MOST_REMEMBERED = 1_000;

const sign = (ms: number): string => (ms < 0 ? '-' : '+');
const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** Writes an offset as `+08:00`. */
export const toOffsetText = (ms: number): string => {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  return `${sign(ms)}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
};

const toOffsetMs = (text: string): number | undefined => {
  const [, direction, hours, minutes] = OFFSET.exec(text) ?? [];
  if (direction === undefined) return undefined;
  return (direction === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
};

/** Tells whether a text is an offset such as +08:00, or the IANA name of a zone. */
export const isTimeZone = (text: string): boolean => {
  if (toOffsetMs(text) !== undefined) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return /^[A-Za-z][\w/+-]*$/.test(text);
  } catch {
    return false;
  }
};

/**
 * Returns a function from an instant to the zone's offset. Zones change at whole quarters of an
 * hour, so one look-up serves a quarter.
 */
const createOffsetAt = (timeZone: string): ((ms: number) => number) => {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  const known = new Map<number, number>();
  return (ms) => {
    const quarter = Math.floor(ms / QUARTER_MS);
    const before = known.get(quarter);
    if (before !== undefined) return before;
    const text = /GMT(?:([+-]\d\d:\d\d))?/.exec(format.format(quarter * QUARTER_MS))?.[1];
    const offset = text === undefined ? 0 : (toOffsetMs(text) ?? 0);
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(quarter, offset);
    return offset;
  };
};

const fixed = (offsetMs: number): Zone => {
  const offset = toOffsetText(offsetMs);
  return {
    toWall: (ms) => ms + offsetMs,
    toInstant: (wallMs) => wallMs - offsetMs,
    // POSIX counts westwards: <+08:00>-08:00 is east of Greenwich.
    postgres: offsetMs === 0 ? 'UTC' : `<${offset}>${toOffsetText(-offsetMs)}`,
    oracle: offset,
  };
};

const changing = (name: string, offsetAt: (ms: number) => number): Zone => ({
  toWall: (ms) => ms + offsetAt(ms),
  toInstant: (wallMs) => {
    const [before, after] = [offsetAt(wallMs - DAY_MS), offsetAt(wallMs + DAY_MS)];
    if (before === after) return wallMs - before;
    const late = wallMs - after;
    return offsetAt(late) === after ? late : wallMs - before;
  },
  postgres: name,
  oracle: name,
});

/** 2020 to 2050: earlier changes of the clock do not affect messages. */
const [FROM_MS, TO_MS] = [Date.UTC(2020, 0, 1), Date.UTC(2050, 0, 1)];

/** Times outside the range of Date are returned unchanged. */
const MOST_MS = 8.64e15 - 2 * DAY_MS;
const within =
  (turn: (ms: number) => number) =>
  (ms: number): number =>
    Math.abs(ms) <= MOST_MS ? turn(ms) : ms;

/** Returns the zone that a text names. The text must pass `isTimeZone`. */
export const toZone = (timeZone: string): Zone => {
  const offsetMs = toOffsetMs(timeZone);
  if (offsetMs !== undefined) return fixed(offsetMs);
  const offsetAt = createOffsetAt(timeZone);
  for (let ms = FROM_MS; ms < TO_MS; ms += STEP_MS) {
    if (offsetAt(ms) === offsetAt(FROM_MS)) continue;
    const zone = changing(timeZone, offsetAt);
    return { ...zone, toWall: within(zone.toWall), toInstant: within(zone.toInstant) };
  }
  return fixed(offsetAt(FROM_MS));
};
