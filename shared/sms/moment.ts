/**
 * Date and time as ISO 8601, RFC 3339 and Java write them. Seconds may be missing; the zone may be
 * Z, +08:00, +0800 or +08; the zone's name in brackets may follow.
 */
const MOMENT =
  /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?(?:([Zz])|([+-]\d\d)(?::?(\d\d))?)?(?:\[[\w/+-]+\])?$/;

/**
 * Parses a moment to epoch milliseconds. Returns undefined when the text is not a moment.
 * @param toInstant how to read a text without a zone, given as its epoch ms in UTC; without
 *   `toInstant` such a text is no moment
 */
export const parseMoment = (text: string, toInstant?: (wallMs: number) => number): number | undefined => {
  const [, date, minutes, seconds = '00', fraction = '0', utc, hours, rest = '00'] = MOMENT.exec(text.trim()) ?? [];
  if (date === undefined) return undefined;
  const isBare = utc === undefined && hours === undefined;
  if (isBare && toInstant === undefined) return undefined;
  const offset = hours === undefined ? 'Z' : `${hours}:${rest}`;
  const ms = Date.parse(`${date}T${minutes}:${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`);
  // Date reads 30 February as 2 March.
  const exists = new Date(`${date}T00:00:00Z`);
  return Number.isNaN(ms) || Number.isNaN(exists.getTime()) || exists.toISOString().slice(0, 10) !== date
    ? undefined
    : isBare && toInstant !== undefined
      ? toInstant(ms)
      : ms;
};

/**
 * Epoch milliseconds have 13 digits since September 2001. No message is older: smaller numbers mean
 * "none" (0, 1970-01-01) or are in another unit.
 */
export const EARLIEST_MS = 1_000_000_000_000;

/** The year 2128 in epoch seconds: later times are not recognised in any unit. */
const LAST_SECOND = 5_000_000_000;

/** yyyyMMdd, optionally followed by HHmm or HHmmss. */
const DATE_IN_DIGITS = /^20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{4}(?:\d\d)?)?$/;

/**
 * Recognises a time that was given in another unit than epoch milliseconds. Returns that unit, or
 * undefined when the number resembles none.
 */
export const guessTimeUnit = (time: number): 'seconds' | 'microseconds' | 'a date in digits' | undefined => {
  // Nearly every time takes this path.
  if (time >= EARLIEST_MS && time < LAST_SECOND * 1e3) return undefined;
  if (time >= EARLIEST_MS / 1e3 && time < LAST_SECOND) return 'seconds';
  if (time >= EARLIEST_MS * 1e3 && time < LAST_SECOND * 1e6) return 'microseconds';
  return DATE_IN_DIGITS.test(String(time)) ? 'a date in digits' : undefined;
};
