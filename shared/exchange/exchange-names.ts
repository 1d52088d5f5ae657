import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { BridgeError, messageOf } from '../errors';
import { DEST_ADDR_SPELLINGS } from '../sms/dest-addr';
import { toHalfWidth } from '../sms/dialled-text';
import { literal } from './sql-literal';
import { isTimeZone } from './time-zone';

/**
 * Names and codes of the province's side. Its real specification is not public, so all of it is configuration; these are the defaults.
 * Names go into SQL text, so they are plain unquoted identifiers: each database folds them to its own case.
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

/** Columns that a province may not have (null in the file): the platform can do without them. */
export const OPTIONAL_COLUMNS = {
  tables: [],
  send: ['appId', 'extCode', 'msgFmt', 'priority', 'needReport', 'sendTime', 'validTime', 'createTime'],
  resp: ['gatewayMsgId', 'resultDesc', 'respTime'],
  report: ['gatewayMsgId', 'msgId', 'destAddr', 'errCode', 'submitTime', 'doneTime'],
  recv: ['msgFmt', 'recvTime'],
} as const;
type Optional<T extends keyof typeof OPTIONAL_COLUMNS> = (typeof OPTIONAL_COLUMNS)[T][number];

const names = <const K extends readonly string[], T extends keyof typeof OPTIONAL_COLUMNS>(
  of: T,
  defaults: { readonly [P in K[number]]: string },
) => {
  const optional: readonly string[] = OPTIONAL_COLUMNS[of];
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
 * The standard states first (CMPP, SMGP and SGIP share them; SGIP's and SMGP's numbers: 0 is success; China Telecom adds an error, UNDELIVS612S; MAS has words
 * such as DeliveryToTerminal), then what gateways of the carriers, Huawei and the large resellers publish as failures: families of letters and a number
 * (MK:0012, DB:0102, MI0020, R:00002, U2:-74), numbers (also 2:23), and words. A lone 1 is none of them: SGIP says with it that it still tries. Text may
 * follow. More digits are a telephone number or a time in the wrong column. First match wins.
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
  /** what rows for the province are like, beside the names of their columns */
  send: z
    .strictObject({
      /** which rows the province has taken, where it marks them instead of deleting them; without `values` those where the column is not NULL */
      taken: z
        .strictObject({
          column: columnName,
          values: z.array(literal).min(1).max(20).optional(),
          purgeAfterHours: z.int().min(1).max(87_600).optional(),
        })
        .nullable()
        .default(null),
      /** columns that have the same value in every row */
      constants: z.record(columnName, literal).default({}),
    })
    .prefault({} as never),
  codes: z
    .strictObject({
      /** MSG_FMT of a handed-over message: 8 = UCS-2 */
      msgFmt: z.int().min(0).max(255).default(8),
      submitSuccess: pattern.default('^0+$'),
      /** a refusal that is not final, because the gateway tries again: CMPP's 8 is flow control */
      submitTemporary: pattern.default('^8$'),
      /** `hex-decimal`: the gateway writes its ids hexadecimal in one of RESP and REPORT and decimal in the other */
      gatewayMsgId: z.enum(['same', 'hex-decimal']).default('same'),
      report: z.array(reportCode).default(() => [...DEFAULT_REPORT_CODES]),
      unknownReportIsFinal: z.boolean().default(false),
      /** how CONTENT of an inbound row is written */
      recvContent: z.enum(['text', 'hex']).default('text'),
    })
    .prefault({} as never),
  /** one answer for a message, or one for each of its parts */
  answers: z.enum(['per-message', 'per-part']).default('per-message'),
  /** the number customers send to; what follows it in DEST_ADDR of an inbound row is the extension */
  accessNumber: z
    .string()
    .regex(/^\d{0,20}$/, 'must be digits')
    .default('106980'),
  /** whose clock the times are of, in columns that do not say it themselves */
  timeZone: z
    .string()
    .refine(isTimeZone, 'must be an IANA name such as Asia/Shanghai, or an offset such as +08:00')
    .default('UTC'),
  /** how the number of a recipient is written for the province */
  destAddr: z.enum(DEST_ADDR_SPELLINGS).default('e164'),
});

export type ExchangeNames = z.infer<typeof schema>;

/** What keys say together. */
const whole = schema.superRefine(({ columns, send }, { addIssue }) => {
  const problem = (path: string, message: string): void =>
    addIssue({ code: 'custom', path: ['send', ...path.split('.')], message });
  const columnsOfSend = Object.values(columns.send).map((name) => name?.toUpperCase());
  const constants = Object.keys(send.constants);
  const written = constants.map((name) => name.toUpperCase());
  for (const [at, name] of written.entries())
    if (columnsOfSend.includes(name) || written.indexOf(name) !== at)
      problem(`constants.${constants[at]}`, 'is written already: set that key of columns.send to null, or drop this');
  const { taken } = send;
  if (taken?.purgeAfterHours !== undefined && columns.send.createTime === null)
    problem('taken.purgeAfterHours', 'needs columns.send.createTime, which tells the age of a row');
  if (taken !== null && [...columnsOfSend, ...written].includes(taken.column.toUpperCase()))
    problem('taken.column', 'is a column that the platform writes: name the one that the province marks');
});

/**
 * Reads the names from their JSON file; without one, the defaults.
 * @throws BridgeError EXCHANGE_FILE_INVALID naming every key that is wrong
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
  /** the pattern that says so; of a code that is in none there is none */
  readonly pattern?: string;
};

/** What a gateway's delivery report code means. An unknown code is UNKNOWN, final only if configured so. */
export const toReportOutcome = (code: string, codes: ExchangeNames['codes']): ReportOutcome => {
  const text = toHalfWidth(code).trim().toUpperCase();
  const known = codes.report.find((candidate) => new RegExp(candidate.pattern).test(text));
  return known ?? { status: 'UNKNOWN', isFinal: codes.unknownReportIsFinal };
};
