import type { SmsSend } from '../avro/records';
import { failed, ok, type Result } from '../result';
import { type CharacterSet, toCodePoint } from './character-set';
import { checkRecipient, type RecipientRules } from './check-recipient';
import { countSegments } from './count-segments';
import { explainTimes, isSchedulable, toExpiresAt } from './effective-times';
import { guessTimeUnit } from './moment';

/** Reasons for a rejection, as the contract lists them. */
export type SendProblemCode =
  | 'MESSAGE_ID_INVALID'
  | 'APP_UNKNOWN'
  | 'APP_DISABLED'
  | 'RECIPIENT_INVALID'
  | 'CONTENT_EMPTY'
  | 'CONTENT_INVALID'
  | 'CONTENT_TOO_LONG'
  | 'CONTENT_NOT_ENCODABLE'
  | 'EXT_CODE_INVALID'
  | 'PRIORITY_INVALID'
  | 'TIME_NOT_MILLISECONDS'
  | 'SCHEDULE_INVALID'
  | 'VALIDITY_INVALID'
  | 'CONTEXT_TOO_LONG'
  | 'CONTEXT_INVALID'
  | 'CONTEXT_NOT_ENCODABLE';

/** `message` is for people, and holds neither the text nor the whole number. */
export type SendProblem = {
  readonly code: SendProblemCode;
  readonly field: keyof SmsSend;
  readonly message: string;
};

/** A message as it will be sent. */
export type ValidSend = {
  /** In canonical spelling: see `Msisdn`. */
  readonly to: string;
  /** Without U+0000. */
  readonly content: string;
  /** The application's extension followed by the message's own; null without either. */
  readonly extCode: string | null;
  /** Epoch ms. May already be past: the message then ends as EXPIRED. */
  readonly expiresAt: number;
  readonly partCount: number;
};

export type SendLimits = RecipientRules & {
  /** Characters (code points), at most the 1000 that the columns hold. */
  readonly contentMax: number;
  /** The database's set, if known. Characters outside it would be sent as other ones. */
  readonly characterSet?: CharacterSet;
  /** Requested data coding, which determines the number of segments. */
  readonly msgFmt?: number;
};

/** The facts about an application that validation needs. */
export type SendingApplication = { readonly extCode: string | null; readonly enabled: boolean };

const CONTEXT_MAX = 512;
const EXT_CODE_MAX = 20;
const MESSAGE_ID = /^[A-Za-z0-9._:-]{1,64}$/;
const DIGITS = /^\d*$/;

/** Tells whether a text is a valid messageId: 1 to 64 characters of A-Z a-z 0-9 . _ : - */
export const isMessageId = (text: string): boolean => MESSAGE_ID.test(text);

/** Counts characters as both databases do: a surrogate pair is one. */
const countCharacters = (text: string): number => {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i += 1) {
    if ((text.codePointAt(i) ?? 0) > 0xffff) {
      count -= 1;
      i += 1;
    }
  }
  return count;
};

const isLonger = (text: string, limit: number): boolean => text.length > limit && countCharacters(text) > limit;

const withoutNul = (text: string): string => (text.includes('\u0000') ? text.replaceAll('\u0000', '') : text);

const problem = (code: SendProblemCode, field: keyof SmsSend, message: string) => failed({ code, field, message });

const HALF_CHARACTER = 'holds half of a character (a surrogate without its other half): it was cut within it';

/** Node 20 has it; TypeScript's es2023 library does not declare it yet. */
const isWellFormed = (text: string): boolean => (text as string & { isWellFormed(): boolean }).isWellFormed();

const TIMES = ['createdAt', 'scheduledAt', 'expiresAt'] as const;

const findWrongUnit = (message: SmsSend) => {
  for (const field of TIMES) {
    const time = message[field];
    const unit = time === null ? undefined : guessTimeUnit(time);
    if (unit !== undefined)
      return problem('TIME_NOT_MILLISECONDS', field, `${field} looks like ${unit}; epoch milliseconds are required`);
  }
  return undefined;
};

const notEncodable = (text: string, field: 'content' | 'context', set: CharacterSet | undefined) => {
  const missing = set?.firstMissing(text);
  if (set === undefined || missing === undefined) return undefined;
  const message = `${field} holds ${toCodePoint(missing)}, which the database's character set ${set.name} does not have; write it in another way`;
  return problem(field === 'content' ? 'CONTENT_NOT_ENCODABLE' : 'CONTEXT_NOT_ENCODABLE', field, message);
};

const findContextProblem = (context: string | null, set: CharacterSet | undefined) => {
  if (context === null) return undefined;
  if (isLonger(context, CONTEXT_MAX))
    return problem('CONTEXT_TOO_LONG', 'context', `context has more than ${CONTEXT_MAX} characters`);
  if (context.includes('\u0000')) return problem('CONTEXT_INVALID', 'context', 'context must not hold U+0000');
  const unstorable = notEncodable(context, 'context', set);
  if (unstorable !== undefined) return unstorable;
  return isWellFormed(context) ? undefined : problem('CONTEXT_INVALID', 'context', `context ${HALF_CHARACTER}`);
};

/**
 * Validates one message and decides how it will be sent. Pure; on the relay's hot path.
 * @param application the directory's entry for `message.appId`; undefined: unknown
 * @param now epoch ms
 * @returns the first problem found, or the message as it will be sent
 */
export const validateSend = (
  message: SmsSend,
  application: SendingApplication | undefined,
  limits: SendLimits,
  now: number,
): Result<ValidSend, SendProblem> => {
  if (!isMessageId(message.messageId)) {
    return problem('MESSAGE_ID_INVALID', 'messageId', 'messageId must be 1 to 64 characters of A-Z a-z 0-9 . _ : -');
  }
  if (application === undefined) {
    return problem('APP_UNKNOWN', 'appId', 'no application is registered with this code');
  }
  if (!application.enabled) return problem('APP_DISABLED', 'appId', 'the application is disabled');
  const recipient = checkRecipient(message.to, limits);
  if (!recipient.ok) return problem('RECIPIENT_INVALID', 'to', recipient.problem);
  const content = withoutNul(message.content);
  if (content === '') return problem('CONTENT_EMPTY', 'content', 'content is empty');
  if (isLonger(content, limits.contentMax)) {
    const count = countCharacters(content);
    return problem(
      'CONTENT_TOO_LONG',
      'content',
      `content has ${count} characters; at most ${limits.contentMax} are sent`,
    );
  }
  const unwritable = notEncodable(content, 'content', limits.characterSet);
  if (unwritable !== undefined) return unwritable;
  if (!isWellFormed(content)) return problem('CONTENT_INVALID', 'content', `content ${HALF_CHARACTER}`);
  const extCode = (application.extCode ?? '') + (message.extCode ?? '');
  if (extCode.length > EXT_CODE_MAX || (message.extCode !== null && !DIGITS.test(message.extCode))) {
    const own = application.extCode?.length ?? 0;
    return problem(
      'EXT_CODE_INVALID',
      'extCode',
      `extCode must be digits, at most ${Math.max(0, EXT_CODE_MAX - own)} after the application's own ${own}`,
    );
  }
  const { priority } = message;
  if (!(Number.isInteger(priority) && priority >= 0 && priority <= 3)) {
    return problem('PRIORITY_INVALID', 'priority', 'priority must be 0 (bulk), 1 (normal), 2 (high) or 3 (urgent)');
  }
  const wrongUnit = findWrongUnit(message);
  if (wrongUnit !== undefined) return wrongUnit;
  if (!isSchedulable(message.scheduledAt, now)) {
    return problem(
      'SCHEDULE_INVALID',
      'scheduledAt',
      'scheduledAt must be in epoch milliseconds and at most 30 days ahead; leave it out to send at once',
    );
  }
  const expiresAt = toExpiresAt(message, now);
  if (expiresAt === undefined) {
    const { field, message: why } = explainTimes(message, now);
    return problem('VALIDITY_INVALID', field, why);
  }
  const wrongContext = findContextProblem(message.context, limits.characterSet);
  if (wrongContext !== undefined) return wrongContext;
  return ok({
    to: recipient.value,
    content,
    extCode: extCode === '' ? null : extCode,
    expiresAt,
    partCount: countSegments(content, limits.msgFmt),
  });
};
