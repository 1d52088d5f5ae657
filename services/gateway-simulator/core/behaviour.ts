import type { DestAddrSpelling } from '../../../shared/sms/dest-addr';
import type { Range } from './draw';

/** A delivery report code with its weight. `delivers`: the exchange file maps it to DELIVERED. */
export type ReportCode = { readonly code: string; readonly weight: number; readonly delivers: boolean };

/** The behaviour of the simulated province. Ratios are shares of 1; durations are milliseconds. */
export type Behaviour = {
  readonly seed: string;
  readonly answers: 'per-message' | 'per-part';
  /** the data coding of the messages, which decides their number of parts */
  readonly msgFmt?: number;
  readonly accessNumber: string;
  readonly countryCode: string;
  /** the form in which the platform writes numbers; absent: e164 */
  readonly destAddr?: DestAddrSpelling;
  /** from taking a row to its submit result */
  readonly submitMs: Range;
  /** from the submit result to the delivery report */
  readonly reportMs: Range;
  /** extra delay of a late report */
  readonly lateMs: Range;
  /** from the submit result to the customer's message */
  readonly replyMs: Range;
  readonly submitOkCode: string;
  readonly submitFailedCodes: readonly { readonly code: string; readonly weight: number }[];
  readonly reportCodes: readonly ReportCode[];
  readonly ratios: {
    readonly submitFailed: number;
    readonly noSubmit: number;
    readonly duplicateSubmit: number;
    readonly noReport: number;
    readonly duplicateReport: number;
    readonly earlyReport: number;
    readonly lateReport: number;
    readonly interimReport: number;
    readonly unknownReport: number;
    readonly nullMsgId: number;
    readonly otherId: number;
    readonly otherNumber: number;
    readonly reply: number;
  };
};

/**
 * A row as taken from the exchange table. `gatewayMsgId` is the id that the gateway gave it.
 * `expired`: its VALID_TIME was over by the province's clock.
 */
export type TakenRow = {
  readonly msgId: string;
  readonly destAddr: string;
  readonly extCode: string;
  readonly content: string;
  readonly needReport: boolean;
  readonly gatewayMsgId: string;
  readonly expired?: boolean;
};

/** One row for RESP, REPORT or RECV. Times are milliseconds after the message was taken. */
export type SimulatedRow = {
  readonly kind: 'resp' | 'report' | 'recv';
  /** when the row appears */
  readonly afterMs: number;
  /** the time in the row; a late report has an earlier time than its appearance */
  readonly happenedMs: number;
  /** of a report: its time of submission */
  readonly submittedMs: number | null;
  readonly msgId: string | null;
  readonly gatewayMsgId: string | null;
  readonly fromAddr: string | null;
  readonly toAddr: string | null;
  /** RESULT or STAT */
  readonly code: string | null;
  /** RESULT_DESC, ERR_CODE or CONTENT */
  readonly text: string | null;
};
