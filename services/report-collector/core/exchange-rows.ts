/** Rows of the three exchange tables as the collector reads them. `id` is the SEQ_ID as text (of a waiting report: the WAIT_ID); times are epoch ms, whole, possibly infinite. */
export type ExchangeRow = {
  readonly id: string;
  /** why its values could not be read; those that could not are null, or their bytes as `hex:…` */
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
  /** present when the report has waited for its message: what was decided when it came */
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

/** No answer is older than the bridge; such times mean "none" (0001, 1753, 1899, 1900, 1970, 2000 and 2001 are what systems write for it). */
const EARLIEST_MS = Date.UTC(2010, 0, 1);

/** An answer from the future is none either (9999, 2099, 2038); a clock or a time zone may be wrong by a little. */
const AHEAD_MS = 30 * 86_400_000;

/** A time that can be meant, else null: a time is never a reason to refuse an answer. */
export const toUsableMs = (ms: number | null, now: number): number | null =>
  ms !== null && ms >= EARLIEST_MS && ms <= now + AHEAD_MS ? ms : null;

/** At most so many characters, whole ones. */
export const cutText = (text: string, most: number): string =>
  text.length <= most ? text : [...text].slice(0, most).join('');

/** Longer remarks of the gateway are cut. */
const REMARK = 1000;

/** What the gateway remarks beside its code, without padding. */
export const toRemark = (text: string | null): string | null => {
  const remark = toText(text);
  return remark === null ? null : cutText(remark, REMARK);
};

const PADDING = /^[\p{Z}\p{Cc}\p{Cf}]+|[\p{Z}\p{Cc}\p{Cf}]+$/gu;

const isPlain = (code: number): boolean => code > 0x20 && code < 0x7f;

/**
 * Text without the padding around it: blanks of fixed-width columns, U+0000 of the octet strings of CMPP, what nobody sees. Nothing but padding is
 * nothing.
 */
export const toText = (value: string | null): string | null => {
  if (value === null) return null;
  // nearly every text
  if (isPlain(value.charCodeAt(0)) && isPlain(value.charCodeAt(value.length - 1))) return value;
  const text = value.replace(PADDING, '');
  return text === '' ? null : text;
};
