import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { BridgeError, messageOf } from '../errors';
import { DEST_ADDR_SPELLINGS } from '../sms/dest-addr';
import { toHalfWidth } from '../sms/dialled-text';
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

/**
 * Patterns for delivery report codes; the first match wins. The standard states come first. CMPP,
 * SMGP and SGIP share the words. SGIP and SMGP also send numbers, with 0 for success; China Telecom
 * appends an error (UNDELIVS612S); MAS has words such as DeliveryToTerminal. Then come the failures
 * that gateways of the carriers, of Huawei and of large resellers publish: families of letters and
 * a number (MK:0012, DB:0102, MI0020, R:00002, U2:-74), numbers (also 2:23), and words. Text may
 * follow a code. A lone 1 matches none: SGIP sends it while it is still trying. Longer numbers
 * match none either: they are telephone numbers or times from the wrong column.
 */
const DEFAULT_REPORT_CODES = [
  {
    pattern: '^(DELIVE?RE?D(S0+S)?($|[ :,;(])|DELIVER(ED|Y)[_ ]?TO[_ ]?TERMINAL|0+$|(SGIP|SMGP|CMPP):0+$)',
    status: 'DELIVERED',
    isFinal: true,
  },
  { pattern: '^EXPIRE', status: 'EXPIRED', isFinal: true },
  {
    pattern: '^(ACCEPTE?D|ENROUTE|SCHEDULED|DELIVER(ED|Y)[_ ]?TO[_ ]?NETWORK|MESSAGE[_ ]?WAITING)',
    status: 'SUBMITTED',
    isFinal: false,
  },
  {
    pattern: '^(G?UNDELIV|UNDLV|DELETED|REJECT|SKIPPED|DELIVERY[_ ]?IMPOSSIBLE)',
    status: 'UNDELIVERED',
    isFinal: true,
  },
  {
    pattern:
      '^(M[A-Z][:._-]|[BCDI][A-Z][:._-]|LT:|[A-NPR-UWY][A-Z][:._-]?-?[0-9]|X[A-Z]:?-?[0-9]|E:[A-Z0-9]|[RU][0-9]?:-?[0-9]*[1-9]|R:0|S::-?([0-9]*[1-9]|[A-Z])|[CF][0-9][0-9][0-9][0-9]|(SGIP|SMGP|SME|HTTPRESP|AUDIT|SYS|VALVE):?-?[0-9A-Z]|(SMGP|SPMS)ERR|CMPP[0-9]*(ERR|:))',
    status: 'UNDELIVERED',
    isFinal: true,
  },
  {
    pattern:
      '^(-0*[1-9][0-9]*|0*[2-9]|0+1|0*[1-9][0-9][0-9]?[0-9]?[0-9]?[0-9]?[0-9]?|(2|100)[:-]0*[1-9][0-9]*)($|[ ,;(])',
    status: 'UNDELIVERED',
    isFinal: true,
  },
  {
    pattern:
      '^([A-Z_-]*(BLACK|BLK|FAIL)|MOBILEBLAC|GATEBLA|BLOCK|BWLIST|BAD|BEYOND|NOROUTE|NONCHN|NOPASS|NOSEND|NOSIGN|NOTITLE|PBDQ|PUBLOKD|SIG|KEYWORD|CONTENT|CHECK|AICHECK|PHONE?ERR|ROUTEERR|ERR|INVALID|LIMIT|OVERDUE|TIME_?(OUT|UP)|HIGRISK|TUIDING|UNSUB|DISTURB|REFUSE|SME|SUPERWD|SWITCH|UTE($|[ ,])|BST-)',
    status: 'UNDELIVERED',
    isFinal: true,
  },
  { pattern: '^UNKNOWN', status: 'UNKNOWN', isFinal: false },
] as const;

const schema = z.strictObject({
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
      'report.msgId and report.gatewayMsgId cannot both be null: one of them says which message a report is about',
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

export type ExchangeNames = z.infer<typeof schema>;

/** Checks that concern several keys. */
const whole = schema.superRefine(({ columns, send }, { addIssue }) => {
  const problem = (path: string, message: string): void =>
    addIssue({ code: 'custom', path: ['send', ...path.split('.')], message });
  const columnsOfSend = Object.values(columns.send).map((name) => name?.toUpperCase());
  const constants = Object.keys(send.constants);
  const written = constants.map((name) => name.toUpperCase());
  for (const [index, name] of written.entries())
    if (columnsOfSend.includes(name) || written.indexOf(name) !== index)
      problem(
        `constants.${constants[index]}`,
        'is written already: set that key of columns.send to null, or drop this',
      );
  const { taken } = send;
  if (taken?.purgeAfterHours !== undefined && columns.send.createTime === null)
    problem('taken.purgeAfterHours', 'needs columns.send.createTime, which tells the age of a row');
  if (taken !== null && [...columnsOfSend, ...written].includes(taken.column.toUpperCase()))
    problem('taken.column', 'is a column that the platform writes: name the one that the province marks');
});

/**
 * Reads the names from their JSON file. Without a path, returns the defaults.
 * @throws BridgeError EXCHANGE_FILE_INVALID, naming every wrong key
 */
export const loadExchangeNames = (path?: string): ExchangeNames => {
  let content: unknown = {};
  if (path !== undefined) {
    try {
      content = JSON.parse(readFileSync(path, 'utf8'));
    } catch (error) {
      throw new BridgeError('EXCHANGE_FILE_INVALID', `${path}: ${messageOf(error)}`);
    }
  }
  const parsed = whole.safeParse(content);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || '(whole file)'}: ${issue.message}`);
  throw new BridgeError('EXCHANGE_FILE_INVALID', `${path}: ${problems.join('; ')}`);
};

export type ReportOutcome = {
  readonly status: 'SUBMITTED' | 'DELIVERED' | 'UNDELIVERED' | 'EXPIRED' | 'REJECTED' | 'UNKNOWN';
  readonly isFinal: boolean;
  /** The pattern that matched; absent for an unknown code. */
  readonly pattern?: string;
};

/**
 * Translates a gateway's delivery report code. An unknown code gives UNKNOWN, which is final only
 * if configured so.
 */
export const toReportOutcome = (code: string, codes: ExchangeNames['codes']): ReportOutcome => {
  const text = toHalfWidth(code).trim().toUpperCase();
  const known = codes.report.find((candidate) => new RegExp(candidate.pattern).test(text));
  return known ?? { status: 'UNKNOWN', isFinal: codes.unknownReportIsFinal };
};
