const two = (value: number): string => String(value).padStart(2, '0');
const DURATION_MID = 0x8000_0000;
const DURATION_OFFSET = 60;

/**
 * Encodes PostgreSQL's ISO text in UTC as DATE (7 bytes), TIMESTAMP (11) or TIMESTAMP WITH TIME
 * ZONE (13, always UTC).
 */
export const encodeOracleDatetime = (text: string, length: 7 | 11 | 13): Buffer => {
  const parts = /^(\d+)-(\d+)-(\d+)(?:[ T](\d+):(\d+):(\d+)(?:\.(\d+))?)?/.exec(text);
  if (parts === null) throw new Error(`not a time: ${text}`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map((n) => Number(n ?? 0));
  const bytes = Buffer.alloc(length);
  bytes.set([Math.trunc(year / 100) + 100, (year % 100) + 100, month, day, hour + 1, minute + 1, second + 1]);
  if (length > 7) bytes.writeUInt32BE(Number((parts[7] ?? '').padEnd(9, '0').slice(0, 9)), 7);
  if (length === 13) bytes.set([20, 60], 11);
  return bytes;
};

/** Decodes the bytes to ISO text. The driver writes UTC for types with a time zone. */
export const decodeOracleDatetime = (bytes: Buffer): string => {
  const [century = 0, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = bytes;
  const nanos = bytes.length >= 11 ? bytes.readUInt32BE(7) : 0;
  const fraction = nanos > 0 ? `.${String(nanos).padStart(9, '0').slice(0, 6)}` : '';
  const date = `${String((century - 100) * 100 + year - 100).padStart(4, '0')}-${two(month)}-${two(day)}`;
  return `${date} ${two(hour - 1)}:${two(minute - 1)}:${two(second - 1)}${fraction}`;
};

/**
 * Encodes INTERVAL DAY TO SECOND from PostgreSQL's text in the style `sql_standard` (`1 2:03:04.5`,
 * `-0:00:01`).
 */
export const encodeOracleInterval = (text: string): Buffer => {
  const parts = /^([+-])?(?:([+-]?\d+) )?([+-])?(\d+):(\d+):(\d+)(?:\.(\d+))?$/.exec(text === '0' ? '0:00:00' : text);
  if (parts === null) throw new Error(`not an interval of days and seconds: ${text}`);
  const sign = parts[1] === '-' || parts[3] === '-' ? -1 : 1;
  const bytes = Buffer.alloc(11);
  bytes.writeUInt32BE(DURATION_MID + (parts[1] === '-' ? -1 : 1) * Number(parts[2] ?? 0), 0);
  for (const [at, part] of [parts[4], parts[5], parts[6]].entries())
    bytes[4 + at] = DURATION_OFFSET + sign * Number(part);
  bytes.writeUInt32BE(DURATION_MID + sign * Number((parts[7] ?? '').padEnd(9, '0').slice(0, 9)), 7);
  return bytes;
};

/** Decodes to a text that PostgreSQL reads as an interval. */
export const decodeOracleInterval = (bytes: Buffer): string => {
  const days = bytes.readUInt32BE(0) - DURATION_MID;
  const [hours, minutes, seconds] = [4, 5, 6].map((at) => bytes[at]! - DURATION_OFFSET);
  const nanos = bytes.readUInt32BE(7) - DURATION_MID;
  return `${days} days ${hours} hours ${minutes} minutes ${seconds} seconds ${Math.trunc(nanos / 1000)} microseconds`;
};
