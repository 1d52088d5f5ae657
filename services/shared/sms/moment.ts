/** Date and time as ISO 8601, RFC 3339 and Java write them: seconds may be missing, the zone may be Z, +08:00, +0800 or +08, and its name may follow. */
const MOMENT =
  /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?(?:([Zz])|([+-]\d\d)(?::?(\d\d))?)?(?:\[[\w/+-]+\])?$/;

/**
 * Epoch milliseconds of a moment, or undefined when the text is none.
 * @param zone what a text without a zone means; 'none': it is no moment
 */
export const parseMoment = (text: string, zone: 'none' | 'local' = 'none'): number | undefined => {
  const [, date, minutes, seconds = '00', fraction = '0', utc, hours, rest = '00'] = MOMENT.exec(text.trim()) ?? [];
  if (date === undefined) return undefined;
  const offset = utc !== undefined ? 'Z' : hours === undefined ? '' : `${hours}:${rest}`;
  if (offset === '' && zone === 'none') return undefined;
  const ms = Date.parse(`${date}T${minutes}:${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`);
  // Date takes the 30th of February for the 2nd of March
  const exists = new Date(`${date}T00:00:00Z`);
  return Number.isNaN(ms) || Number.isNaN(exists.getTime()) || exists.toISOString().slice(0, 10) !== date
    ? undefined
    : ms;
};

/** From 2001 to 2128, in seconds. In milliseconds that is within January and February of 1970. */
const FIRST_SECOND = 1_000_000_000;
const LAST_SECOND = 5_000_000_000;

/** The unit that an epoch time has which is no time of a message in milliseconds, and is one of these years in seconds or microseconds. */
export const otherUnitOf = (time: number): 'seconds' | 'microseconds' | undefined => {
  if (time >= FIRST_SECOND && time < LAST_SECOND) return 'seconds';
  return time >= FIRST_SECOND * 1e6 && time < LAST_SECOND * 1e6 ? 'microseconds' : undefined;
};
