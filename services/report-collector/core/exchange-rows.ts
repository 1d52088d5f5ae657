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
  };
};

export type RecvRow = ExchangeRow & {
  readonly srcAddr: string | null;
  readonly destAddr: string | null;
  readonly content: string | null;
  readonly msgFmt: string | null;
  readonly recvMs: number | null;
};

/** Text without the blanks around it (fixed-width columns are padded); nothing but blanks is nothing. */
export const toText = (value: string | null): string | null => {
  const text = value === null ? '' : value.trim();
  return text === '' ? null : text;
};
