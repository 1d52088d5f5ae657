import type { SmsStatus } from '../../shared/avro/records';
import { eventId } from '../../shared/event-id';
import { type ExchangeNames, type ReportOutcome, toReportOutcome } from '../../shared/exchange/exchange-names';
import { type Country, normaliseAddress } from '../../shared/sms/normalise-msisdn';
import {
  type CollectPlan,
  createTally,
  EMPTY_PLAN,
  type LedgerMessage,
  type RowLetter,
  type WaitingReport,
} from './collect-plan';
import { type ReportRow, toText } from './exchange-rows';
import { createFold } from './fold-answers';
import { toGatewayKey } from './gateway-key';
import { createMatchReport } from './match-report';
import { isAnsweredByPart } from './message-state';
import { problemOfReport, type RowProblem } from './row-problems';
import { toUnmatchedEvent, type Words } from './to-status-event';

/** How long a report waits for its message, and how often that is looked for. */
export type WaitLimits = { readonly waitMs: number; readonly retryMinMs: number; readonly retryMaxMs: number };

export type ReportRules = { readonly names: ExchangeNames; readonly country: Country; readonly wait: WaitLimits };

const idOf = (row: ReportRow): string =>
  row.waited?.eventId ??
  eventId(
    'exchange-report',
    row.id,
    row.msgId,
    row.gatewayMsgId,
    row.destAddr,
    row.stat,
    row.errCode,
    row.submitMs,
    row.doneMs,
  );

/** When to look again: soon at first (most early reports are early by a moment), then after twice the time, for the last time when the wait ends. */
export const nextTryAt = (tries: number, firstSeenMs: number, now: number, limits: WaitLimits): number =>
  Math.min(
    now + Math.min(limits.retryMaxMs, limits.retryMinMs * 2 ** Math.min(tries, 30)),
    firstSeenMs + limits.waitMs,
  );

const toWaiting = (row: ReportRow, now: number, limits: WaitLimits): WaitingReport | undefined => {
  const { firstSeenMs = now, tries = 0 } = row.waited ?? {};
  if (now - firstSeenMs >= limits.waitMs) return undefined;
  const { gatewayMsgId, msgId, destAddr, stat, errCode, submitMs, doneMs } = row;
  return {
    eventId: idOf(row),
    sourceSeq: row.waited?.sourceSeq ?? row.id,
    gatewayMsgId,
    msgId,
    destAddr,
    stat,
    errCode,
    submitMs,
    doneMs,
    firstSeenMs,
    nextTryMs: nextTryAt(tries, firstSeenMs, now, limits),
    tries: tries + 1,
  };
};

const withoutPart = (row: ReportRow, message: LedgerMessage, names: ExchangeNames): RowProblem | undefined =>
  isAnsweredByPart(message, names.answers === 'per-part') && toGatewayKey(toText(row.gatewayMsgId)) === null
    ? {
        reason: 'ROW_VALUE_MISSING',
        message: `${names.columns.report.gatewayMsgId} is empty: nobody can tell which part of the message is meant`,
      }
    : undefined;

/** A report that nobody waits for any longer. What the gateway calls its message is its own id, or failing that the MSG_ID it gave. */
const toUnmatched = (
  row: ReportRow,
  words: Words,
  { status, isFinal }: ReportOutcome,
  country: Country,
  now: number,
) => {
  const destAddr = toText(row.destAddr);
  return toUnmatchedEvent(
    words,
    words.gatewayMsgId ?? (toText(row.msgId) as string),
    {
      status,
      isFinal: isFinal && status !== 'SUBMITTED',
      to: destAddr === null ? null : normaliseAddress(destAddr, country),
    },
    now,
  );
};

/** What becomes of delivery reports, in the order of the rows. `messages` are those that may be meant, as the ledger has them now. */
export const planReports = (
  rows: readonly ReportRow[],
  messages: readonly LedgerMessage[],
  { names, country, wait }: ReportRules,
  now: number,
): CollectPlan => {
  const tally = createTally();
  const fold = createFold(names.answers === 'per-part', now, tally);
  const match = createMatchReport(messages, country);
  const outcomes = new Map<string, ReportOutcome>();
  const statuses: SmsStatus[] = [];
  const letters: RowLetter[] = [];
  const waiting: WaitingReport[] = [];
  for (const row of rows) {
    const message = match(row);
    const problem = problemOfReport(row, names.columns.report) ?? (message && withoutPart(row, message, names));
    if (problem !== undefined) {
      tally.add('set_aside');
      letters.push({ row, ...problem });
      continue;
    }
    const code = (toText(row.stat) === null ? row.errCode : row.stat) as string;
    const outcome = outcomes.get(code) ?? toReportOutcome(code, names.codes);
    outcomes.set(code, outcome);
    const words = {
      eventId: idOf(row),
      gatewayCode: code,
      gatewayMessage: row.errCode,
      gatewayMsgId: toText(row.gatewayMsgId),
      occurredMs: row.doneMs ?? row.submitMs,
      submittedMs: row.submitMs,
      doneMs: row.doneMs,
    };
    if (message !== undefined) {
      const answer = { kind: 'report', outcome, gatewayMsgId: words.gatewayMsgId, code: code.trim() } as const;
      statuses.push(fold.apply(message, answer, words));
      continue;
    }
    const later = toWaiting(row, now, wait);
    tally.add(later === undefined ? 'unmatched' : 'waiting');
    if (later !== undefined) waiting.push(later);
    else statuses.push(toUnmatched(row, words, outcome, country, now));
  }
  return {
    ...EMPTY_PLAN,
    statuses,
    letters,
    waiting,
    settlements: fold.settlements(),
    parts: fold.parts(),
    outcomes: tally.counts,
  };
};
