import type { DecodeProblem } from '../../../shared/avro/codec-port';
import type { SmsSend } from '../../../shared/avro/records';
import type { KafkaRecord } from '../../../shared/kafka/ports';
import type { DeadLetter } from '../../../shared/kafka/publish-dead-letters';
import { WIDTHS } from '../../../shared/ledger/widths';
import type { Result } from '../../../shared/result';
import { type MessageKey, toMessageKey } from '../../../shared/sms/message-key';
import type { SendProblem, ValidSend } from '../../../shared/sms/validate-send';
import { fitCode, fitCount, fitText, fitTime } from './fit-column';
import type { LedgerEntry } from './ledger-entry';

/** A record of `sms.send` as far as it could be read. */
export type ReadRecord = { readonly record: KafkaRecord; readonly message: Result<SmsSend, DecodeProblem> };

/**
 * A rejected message whose id or application code does not fit the ledger. Only its status event
 * reports the reason.
 */
export type Unstorable = { readonly record: KafkaRecord; readonly message: SmsSend; readonly reason: string };

export type BatchPlan = {
  /** sorted by messageId and appId, each message once */
  readonly entries: readonly LedgerEntry[];
  readonly unstorable: readonly Unstorable[];
  readonly deadLetters: readonly DeadLetter[];
  /** messages published twice within the batch */
  readonly duplicates: number;
  /** duplicates with another text or recipient than the first message */
  readonly conflicting: number;
};

/**
 * Returns true if two messages with one id are the same to the customer: same text, same recipient.
 */
export const isSameMessage = (
  a: Pick<LedgerEntry, 'content' | 'destAddr'>,
  b: Pick<LedgerEntry, 'content' | 'destAddr'>,
): boolean => a.content === b.content && a.destAddr === b.destAddr;

/** The widths of the columns of a message's key, in characters. */
const LONGEST = { messageId: 64, appId: 32 };

/** Returns a text in which every character can be stored. Storable characters are unchanged. */
type ToStorable = (text: string) => string;

/** How a rejected message is kept: with storable texts, and with its number in normalised form. */
type Keeping = { readonly toStorable: ToStorable; readonly spell: (to: string) => string };

const AS_IT_IS = (text: string): string => text;

/**
 * Returns true if a row can have this key unchanged. A key that is cut or cleaned could be the key
 * of another message, perhaps of another application.
 */
const fitsLedger = (message: MessageKey, toStorable: ToStorable): boolean =>
  (['messageId', 'appId'] as const).every((part) => {
    const text = message[part];
    return text.length > 0 && text.length <= LONGEST[part] && !text.includes('\u0000') && toStorable(text) === text;
  });

/**
 * Returns the row of a message that will not be sent. All values are cut to their columns, so that
 * its sender sees the reason in the view.
 */
const toRejectedEntry = (
  message: SmsSend,
  reason: string,
  now: number,
  { toStorable, spell }: Keeping,
): LedgerEntry => ({
  messageId: message.messageId,
  appId: message.appId,
  extCode: message.extCode === null ? null : fitText(toStorable(message.extCode), WIDTHS.extCode),
  destAddr: fitText(toStorable(spell(message.to)), WIDTHS.number) || '?',
  content: fitText(toStorable(message.content), WIDTHS.content) || '?',
  priority: fitCount(message.priority),
  needReport: message.needReport,
  context: message.context === null ? null : fitText(toStorable(message.context), WIDTHS.context),
  status: reason === 'EXPIRED' ? 'EXPIRED' : 'REJECTED',
  reason: fitCode(reason),
  scheduledAt: message.scheduledAt === null ? null : fitTime(message.scheduledAt),
  // The message is never handed over, so the ledger need not remember it longer.
  expiresAt: now,
  createdAt: fitTime(message.createdAt),
  partCount: 1,
});

const toEntry = (
  message: SmsSend,
  judgement: Result<ValidSend, SendProblem>,
  now: number,
  keeping: Keeping,
): LedgerEntry => {
  if (!judgement.ok) return toRejectedEntry(message, judgement.problem.code, now, keeping);
  const { to, content, extCode, expiresAt, partCount } = judgement.value;
  if (expiresAt <= now) return toRejectedEntry(message, 'EXPIRED', now, keeping);
  return {
    messageId: message.messageId,
    appId: message.appId,
    extCode,
    destAddr: to,
    content,
    priority: message.priority,
    needReport: message.needReport,
    context: message.context,
    status: message.scheduledAt !== null && message.scheduledAt > now ? 'SCHEDULED' : 'HANDED',
    reason: null,
    scheduledAt: message.scheduledAt,
    expiresAt,
    createdAt: fitTime(message.createdAt),
    partCount,
  };
};

/**
 * Compares by code units. For ids and application codes, which are ASCII, that is the order of
 * COLLATE "C" and of Oracle's BINARY.
 */
const byKey = (a: LedgerEntry, b: LedgerEntry): number => {
  if (a.messageId !== b.messageId) return a.messageId < b.messageId ? -1 : 1;
  return a.appId < b.appId ? -1 : a.appId > b.appId ? 1 : 0;
};

/**
 * Plans the records of a batch. The same records, judge and time give the same plan.
 * @param judge validates one message (see shared/sms)
 * @param now epoch ms
 * @param toStorable for the texts of rejected messages, which may hold any character
 * @param spell for the numbers of rejected messages
 */
export const planBatch = (
  records: readonly ReadRecord[],
  judge: (message: SmsSend) => Result<ValidSend, SendProblem>,
  now: number,
  toStorable: ToStorable = AS_IT_IS,
  spell: Keeping['spell'] = AS_IT_IS,
): BatchPlan => {
  const keeping = { toStorable, spell };
  const entries = new Map<string, LedgerEntry>();
  const unstorable: Unstorable[] = [];
  const deadLetters: DeadLetter[] = [];
  let duplicates = 0;
  let conflicting = 0;
  for (const { record, message } of records) {
    if (!message.ok) {
      deadLetters.push({ record, reason: message.problem.reason, message: message.problem.message });
      continue;
    }
    const judgement = judge(message.value);
    if (!judgement.ok && !fitsLedger(message.value, toStorable)) {
      unstorable.push({ record, message: message.value, reason: judgement.problem.code });
      continue;
    }
    const entry = toEntry(message.value, judgement, now, keeping);
    const key = toMessageKey(entry);
    const first = entries.get(key);
    if (first === undefined) entries.set(key, entry);
    else {
      duplicates += 1;
      if (!isSameMessage(first, entry)) conflicting += 1;
    }
  }
  return { entries: [...entries.values()].sort(byKey), unstorable, deadLetters, duplicates, conflicting };
};
