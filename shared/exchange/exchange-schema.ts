import { z } from 'zod';
import { DEST_ADDR_SPELLINGS } from '../sms/dest-addr';
import { DEFAULT_REPORT_CODES } from './default-report-codes';
import { literal } from './sql-literal';
import { isTimeZone } from './time-zone';

/**
 * Names and codes of the province's tables. The province's specification is not public, so all of
 * it is configuration; these are the defaults. Names become part of SQL text, so they are plain
 * unquoted identifiers, which each database folds to its own case.
 */
const identifier = z
  .string()
  .regex(
    /^([A-Za-z][A-Za-z0-9_$#]{0,29}\.)?[A-Za-z][A-Za-z0-9_$#]{0,29}$/,
    'must be a plain SQL name of at most 30 letters, digits, _ $ # (optionally schema.name)',
  );
const pattern = z.string().refine((text) => {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}, 'must be a regular expression');

const columnName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_$#]{0,29}$/, 'must be a plain SQL name of at most 30 letters, digits, _ $ #');

/** Columns that a province may lack (null in the file). The bridge works without them. */
export const OPTIONAL_COLUMNS = {
  tables: [],
  send: ['appId', 'extCode', 'msgFmt', 'priority', 'needReport', 'sendTime', 'validTime', 'createTime'],
  resp: ['gatewayMsgId', 'resultDesc', 'respTime'],
  report: ['gatewayMsgId', 'msgId', 'destAddr', 'errCode', 'submitTime', 'doneTime'],
  recv: ['msgFmt', 'recvTime'],
} as const;
type Optional<T extends keyof typeof OPTIONAL_COLUMNS> = (typeof OPTIONAL_COLUMNS)[T][number];

const names = <const K extends readonly string[], T extends keyof typeof OPTIONAL_COLUMNS>(
  section: T,
  defaults: { readonly [P in K[number]]: string },
) => {
  const optional: readonly string[] = OPTIONAL_COLUMNS[section];
  return z
    .strictObject(
      Object.fromEntries(
        Object.entries<string>(defaults).map(([key, value]) => [
          key,
          optional.includes(key) ? identifier.nullable().default(value) : identifier.default(value),
        ]),
      ),
    )
    .prefault({}) as unknown as z.ZodType<{
    readonly [P in K[number]]: P extends Optional<T> ? string | null : string;
  }>;
};

const reportCode = z.strictObject({
  pattern,
  status: z.enum(['SUBMITTED', 'DELIVERED', 'UNDELIVERED', 'EXPIRED', 'REJECTED', 'UNKNOWN']),
  isFinal: z.boolean(),
});

export const exchangeSchema = z.strictObject({
  tables: names<['send', 'resp', 'report', 'recv'], 'tables'>('tables', {
    send: 'CLIENT_SMS_SEND',
    resp: 'CLIENT_SMS_RESP',
    report: 'CLIENT_SMS_REPORT',
    recv: 'CLIENT_SMS_RECV',
  }),
  columns: z
    .strictObject({
      send: names<
        [
          'seqId',
          'msgId',
          'appId',
          'extCode',
          'destAddr',
          'content',
          'msgFmt',
          'priority',
          'needReport',
          'sendTime',
          'validTime',
          'createTime',
        ],
        'send'
      >('send', {
        seqId: 'SEQ_ID',
        msgId: 'MSG_ID',
        appId: 'APP_ID',
        extCode: 'EXT_CODE',
        destAddr: 'DEST_ADDR',
        content: 'CONTENT',
        msgFmt: 'MSG_FMT',
        priority: 'PRIORITY',
        needReport: 'NEED_REPORT',
        sendTime: 'SEND_TIME',
        validTime: 'VALID_TIME',
        createTime: 'CREATE_TIME',
      }),
      resp: names<['seqId', 'msgId', 'gatewayMsgId', 'result', 'resultDesc', 'respTime'], 'resp'>('resp', {
        seqId: 'SEQ_ID',
        msgId: 'MSG_ID',
        gatewayMsgId: 'GATEWAY_MSG_ID',
        result: 'RESULT',
        resultDesc: 'RESULT_DESC',
        respTime: 'RESP_TIME',
      }),
      report: names<
        ['seqId', 'gatewayMsgId', 'msgId', 'destAddr', 'stat', 'errCode', 'submitTime', 'doneTime'],
        'report'
      >('report', {
        seqId: 'SEQ_ID',
        gatewayMsgId: 'GATEWAY_MSG_ID',
        msgId: 'MSG_ID',
        destAddr: 'DEST_ADDR',
        stat: 'STAT',
        errCode: 'ERR_CODE',
        submitTime: 'SUBMIT_TIME',
        doneTime: 'DONE_TIME',
      }),
      recv: names<['seqId', 'srcAddr', 'destAddr', 'content', 'msgFmt', 'recvTime'], 'recv'>('recv', {
        seqId: 'SEQ_ID',
        srcAddr: 'SRC_ADDR',
        destAddr: 'DEST_ADDR',
        content: 'CONTENT',
        msgFmt: 'MSG_FMT',
        recvTime: 'RECV_TIME',
      }),
    })
    .refine(
      ({ report }) => report.gatewayMsgId !== null || report.msgId !== null,
      'report.msgId and report.gatewayMsgId cannot both be null: one of them must name the message of a report',
    )
    .refine(
      ({ resp, report }) => resp.gatewayMsgId !== null || report.msgId !== null,
      'report.msgId and resp.gatewayMsgId cannot both be null: then no report finds its message',
    )
    .prefault({} as never),
  /** How rows for the province are written, apart from the names of their columns. */
  send: z
    .strictObject({
      /**
       * Which rows the province has taken, if it marks them instead of deleting them. Without
       * `values`: the rows where the column is not NULL.
       */
      taken: z
        .strictObject({
          column: columnName,
          values: z.array(literal).min(1).max(20).optional(),
          purgeAfterHours: z.int().min(1).max(87_600).optional(),
        })
        .nullable()
        .default(null),
      /** Columns with the same value in every row. */
      constants: z.record(columnName, literal).default({}),
    })
    .prefault({} as never),
  codes: z
    .strictObject({
      /** MSG_FMT of a handed-over message; 8: UCS-2. */
      msgFmt: z.int().min(0).max(255).default(8),
      submitSuccess: pattern.default('^0+$'),
      /** A refusal that is not final, because the gateway tries again. CMPP's 8 is flow control. */
      submitTemporary: pattern.default('^8$'),
      /**
       * `hex-decimal`: the gateway writes its ids in hexadecimal in one of RESP and REPORT, and in
       * decimal in the other.
       */
      gatewayMsgId: z.enum(['same', 'hex-decimal']).default('same'),
      report: z.array(reportCode).default(() => [...DEFAULT_REPORT_CODES]),
      unknownReportIsFinal: z.boolean().default(false),
      /** Encoding of CONTENT in inbound rows. */
      recvContent: z.enum(['text', 'hex']).default('text'),
    })
    .prefault({} as never),
  /** One answer per message, or one per segment. */
  answers: z.enum(['per-message', 'per-part']).default('per-message'),
  /**
   * The number that customers send to. The digits that follow it in DEST_ADDR of an inbound row are
   * the extension.
   */
  accessNumber: z
    .string()
    .regex(/^\d{0,20}$/, 'must be digits')
    .default('106980'),
  /** Time zone of columns that store none. */
  timeZone: z
    .string()
    .refine(isTimeZone, 'must be an IANA name such as Asia/Shanghai, or an offset such as +08:00')
    .default('UTC'),
  /** How the recipient's number is written for the province. */
  destAddr: z.enum(DEST_ADDR_SPELLINGS).default('e164'),
});
