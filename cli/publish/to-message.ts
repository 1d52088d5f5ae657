import type { SmsSend } from '../../shared/avro/records';
import { failed, ok, type Result } from '../../shared/result';
import { EARLIEST_MS, guessTimeUnit, parseMoment } from '../../shared/sms/moment';
import type { LineProblem } from './read-lines';

type Field = keyof SmsSend;
type Parsed = Result<string | number | boolean, string>;

const text = (value: unknown): Parsed =>
  typeof value === 'string'
    ? ok(value)
    : // A telephone number, an extension code or an id may come without quotes.
      Number.isSafeInteger(value)
      ? ok(String(value))
      : failed('must be a text');

/** Spreadsheets round a number of twelve or more digits to 1.38001E+10: its digits are lost. */
const ROUNDED = /^\d([.,]\d+)?E\+?\d+$/i;

const telephone = (value: unknown): Parsed =>
  typeof value === 'string' && ROUNDED.test(value.trim())
    ? failed('was rounded by a spreadsheet: format the column as text, and enter the numbers again')
    : text(value);

const whole = (value: unknown): Parsed => {
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value.trim()) ? Number(value) : value;
  return Number.isSafeInteger(number) ? ok(number as number) : failed('must be a whole number');
};

const truth = (value: unknown): Parsed => {
  if (typeof value === 'boolean') return ok(value);
  const word = String(value).trim().toLowerCase();
  if (['true', 'yes', 'y', '1'].includes(word)) return ok(true);
  return ['false', 'no', 'n', '0'].includes(word) ? ok(false) : failed('must be true or false');
};

const DATE = /^\d{4}-\d\d-\d\d[T ]/i;

/**
 * Parses epoch ms, or a date with a time, which may have no zone. The UTC fields of a Date are what
 * a cell of a workbook shows.
 */
const moment = (value: unknown, toInstant: (wallMs: number) => number): Parsed => {
  const shown = value instanceof Date ? value.toISOString().slice(0, -1) : value;
  const given = typeof shown === 'string' ? shown.trim() : shown;
  if (typeof given === 'string' && DATE.test(given)) {
    const ms = parseMoment(given, toInstant);
    return ms === undefined ? failed('is not an existing date and time') : ok(ms);
  }
  const ms = whole(given);
  if (!ms.ok) return failed('must be a time like 2026-11-24T08:00:00+08:00, or epoch milliseconds');
  const unit = guessTimeUnit(ms.value as number) ?? ((ms.value as number) < EARLIEST_MS ? 'seconds' : undefined);
  return unit === undefined ? ms : failed(`must be epoch milliseconds (this looks like ${unit})`);
};

const PARSERS: Readonly<Record<Field, (value: unknown, toInstant: (wallMs: number) => number) => Parsed>> = {
  messageId: text,
  appId: text,
  to: telephone,
  content: text,
  extCode: text,
  priority: whole,
  needReport: truth,
  scheduledAt: moment,
  expiresAt: moment,
  createdAt: moment,
  context: text,
};

/** The fields of a message, which are also the column names of an input. */
export const FIELDS = Object.keys(PARSERS) as readonly Field[];

const toKey = (name: string): string => name.toLowerCase().replaceAll(/[^a-z]/g, '');
const BY_NAME: ReadonlyMap<string, Field> = new Map(FIELDS.map((field) => [toKey(field), field]));

/** Returns the field of a column name: messageId, message_id and MESSAGE ID are one. Pure. */
export const toField = (name: string): Field | undefined => BY_NAME.get(toKey(name));

/**
 * Tells whether a value counts as absent: null in JSON, or an empty cell. An empty content is kept,
 * so that the validation names it.
 */
const isAbsent = (field: Field, value: unknown): boolean =>
  value === undefined || value === null || (value === '' && field !== 'content' && field !== 'context');

export type Defaults = {
  /** fields of messages that do not set them */
  readonly fields: ReadonlyMap<string, unknown>;
  readonly messageId: (line: number) => string;
  readonly now: () => number;
  /** How to read a time without a zone, given as its epoch ms in UTC. */
  readonly toInstant: (wallMs: number) => number;
  /** By default unknown names are refused: a misspelt field would change what is sent. */
  readonly ignoreUnknown: boolean;
};

const invalid = (field: Field, message: string) =>
  failed({ code: 'FIELD_INVALID', field, message: `${field} ${message}` });

/**
 * Converts one line to a message. Checks the type of each field; its meaning is validated later.
 * Pure, except for the functions in `defaults`. Problems: FIELD_UNKNOWN, FIELD_INVALID,
 * FIELD_MISSING.
 */
export const toMessage = (
  line: number,
  given: ReadonlyMap<string, unknown>,
  defaults: Defaults,
): Result<SmsSend, LineProblem> => {
  const values: Partial<Record<Field, string | number | boolean>> = {};
  for (const [name, value] of [...defaults.fields, ...given]) {
    const field = toField(name);
    if (field === undefined) {
      if (defaults.ignoreUnknown) continue;
      const shown = JSON.stringify(name.slice(0, 40));
      return failed({
        code: 'FIELD_UNKNOWN',
        field: name.slice(0, 40),
        message: `${shown} is not a field of a message (fields: ${FIELDS.join(', ')}); --ignore-unknown skips it`,
      });
    }
    if (isAbsent(field, value)) continue;
    const parsed = PARSERS[field](value, defaults.toInstant);
    if (!parsed.ok) return invalid(field, parsed.problem);
    values[field] = parsed.value;
  }
  for (const field of ['appId', 'to', 'content'] as const) {
    if (values[field] === undefined) {
      const advice = field === 'appId' ? '; --app gives it for all' : '';
      return failed({ code: 'FIELD_MISSING', field, message: `${field} is missing${advice}` });
    }
  }
  return ok({
    messageId: defaults.messageId(line),
    extCode: null,
    priority: 1,
    needReport: true,
    scheduledAt: null,
    expiresAt: null,
    createdAt: defaults.now(),
    context: null,
    ...values,
  } as SmsSend);
};
