/**
 * A row of one of the three exchange tables as the collector reads it. `id` is the SEQ_ID as text,
 * or the WAIT_ID of a waiting report. Times are whole epoch ms and may be infinite.
 */
export type ExchangeRow = {
  readonly id: string;
  /** why values of the row could not be read. Such a value is null, or its bytes as `hex:…` */
  readonly unreadable?: { readonly reason: string; readonly message: string };
};

export type RespRow = ExchangeRow & {
  readonly msgId: string | null;
  readonly gatewayMsgId: string | null;
  readonly result: string | null;
  readonly resultDesc: string | null;
  readonly respMs: number | null;
};

export type ReportRow = ExchangeRow & {
  readonly gatewayMsgId: string | null;
  readonly msgId: string | null;
  readonly destAddr: string | null;
  readonly stat: string | null;
  readonly errCode: string | null;
  readonly submitMs: number | null;
  readonly doneMs: number | null;
  /** present if the report has waited for its message: what was decided when it came */
  readonly waited?: {
    readonly eventId: string;
    readonly sourceSeq: string;
    readonly firstSeenMs: number;
    readonly tries: number;
    readonly told?: boolean;
  };
};

export type RecvRow = ExchangeRow & {
  readonly srcAddr: string | null;
  readonly destAddr: string | null;
  readonly content: string | null;
  readonly msgFmt: string | null;
  readonly recvMs: number | null;
};

/**
 * No reply is older than the bridge. Systems write years like 0001, 1753, 1899, 1900, 1970, 2000
 * and 2001 for "none".
 */
const EARLIEST_MS = Date.UTC(2010, 0, 1);

/**
 * Years like 2038, 2099 and 9999 mean "none" too. The margin is for wrong clocks and time zones.
 */
const AHEAD_MS = 30 * 86_400_000;

/** Returns a plausible time (epoch ms), else null. A time is never a reason to refuse a reply. */
export const toUsableMs = (ms: number | null, now: number): number | null =>
  ms !== null && ms >= EARLIEST_MS && ms <= now + AHEAD_MS ? ms : null;

/** Cuts a text to at most `most` characters (code points). */
export const cutText = (text: string, most: number): string =>
  text.length <= most ? text : [...text].slice(0, most).join('');

/** The most characters of a gateway's remark that are kept. */
const REMARK = 1000;

/** Returns the gateway's remark beside its code, without padding, cut to 1000 characters. */
export const toRemark = (text: string | null): string | null => {
  const remark = toText(text);
  return remark === null ? null : cutText(remark, REMARK);
};

const PADDING = /^[\p{Z}\p{Cc}\p{Cf}]+|[\p{Z}\p{Cc}\p{Cf}]+$/gu;

const isPlain = (code: number): boolean => code > 0x20 && code < 0x7f;

/**
 * Removes the padding around a text: blanks of fixed-width columns, U+0000 of the octet strings of
 * CMPP, invisible characters. Returns null if nothing is left.
 */
export const toText = (value: string | null): string | null => {
  if (value === null) return null;
  // Shortcut: nearly every text begins and ends with a plain character.
  if (isPlain(value.charCodeAt(0)) && isPlain(value.charCodeAt(value.length - 1))) return value;
  const text = value.replace(PADDING, '');
  return text === '' ? null : text;
};
