import type { SmsStatus } from '../../../shared/avro/records';
import { eventId } from '../../../shared/event-id';
import { type ExchangeMapping, type ReportOutcome, toReportOutcome } from '../../../shared/exchange/exchange-mapping';
import { toGatewayKey } from '../../../shared/ledger/gateway-key';
import { isAnsweredPerSegment } from '../../../shared/ledger/segment';
import { WIDTHS } from '../../../shared/ledger/widths';
import { type Country, normaliseAddress } from '../../../shared/sms/normalise-msisdn';
import { toPauseMs } from '../../../shared/timing/backoff';
import { createReplyAccumulator } from './apply-replies';
import {
  type CollectPlan,
  createTally,
  EMPTY_PLAN,
  type LedgerMessage,
  type RowLetter,
  type WaitingReport,
} from './collect-plan';
import { cutText, type ReportRow, toRemark, toText, toUsableMs } from './exchange-rows';
import { createMatchReport, toKnownId } from './match-report';
import { problemOfReport, type RowProblem, toKeptAddress, toKeptId } from './row-problems';
import { type RawReply, toUnmatchedEvent } from './to-status-event';

/**
 * Limits of waiting, in ms: how long a report waits for its message before it is published as
 * unmatched, the pauses between two tries, and how long it is remembered from its arrival in case
 * its message turns up later.
 */
export type WaitLimits = {
  readonly waitMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  readonly rememberMs?: number;
};

export type ReportRules = { readonly mapping: ExchangeMapping; readonly country: Country; readonly wait: WaitLimits };

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

/** A remembered report is tried again when its age has grown by a tenth, at least once an hour. */
const OLDER_BY = 10;
const LONGEST_PAUSE_MS = 3_600_000;

/**
 * Returns the time (epoch ms) of the next try. While the report waits, the pause doubles from a
 * short one, because most early reports are early by a moment; the last try is at the end of the
 * wait. A report that is only remembered is tried at growing pauses, about 80 times in three days.
 */
export const nextTryAt = (tries: number, firstSeenMs: number, now: number, limits: WaitLimits): number => {
  const ends = firstSeenMs + limits.waitMs;
  const retry = { minMs: limits.retryMinMs, maxMs: limits.retryMaxMs };
  if (now < ends) return Math.min(now + toPauseMs(retry, tries + 1), ends);
  const pause = Math.max(limits.retryMaxMs, (now - firstSeenMs) / OLDER_BY);
  return Math.min(Math.ceil(now + Math.min(LONGEST_PAUSE_MS, pause)), firstSeenMs + (limits.rememberMs ?? 0));
};

const cutCode = (text: string | null): string | null => {
  const code = toText(text);
  return code === null ? null : cutText(code, WIDTHS.code);
};

/**
 * Returns the report to keep until its next try, cut to the widths of the ledger's columns;
 * undefined if its time is over.
 */
const toWaiting = (row: ReportRow, now: number, limits: WaitLimits): WaitingReport | undefined => {
  const { firstSeenMs = now, tries = 0, told = false } = row.waited ?? {};
  const age = now - firstSeenMs;
  if (age >= Math.max(limits.waitMs, limits.rememberMs ?? 0)) return undefined;
  return {
    eventId: idOf(row),
    sourceSeq: row.waited?.sourceSeq ?? row.id,
    gatewayMsgId: toKeptId(row.gatewayMsgId),
    msgId: toKeptId(row.msgId),
    destAddr: toKeptAddress(row.destAddr),
    stat: cutCode(row.stat),
    errCode: cutCode(row.errCode),
    submitMs: toUsableMs(row.submitMs, now),
    doneMs: toUsableMs(row.doneMs, now),
    firstSeenMs,
    nextTryMs: nextTryAt(tries, firstSeenMs, now, limits),
    tries: tries + 1,
    told: told || age >= limits.waitMs,
  };
};

const withoutPart = (row: ReportRow, message: LedgerMessage, mapping: ExchangeMapping): RowProblem | undefined =>
  isAnsweredPerSegment(message, mapping.answers === 'per-part') && toGatewayKey(toKeptId(row.gatewayMsgId)) === null
    ? {
        reason: 'ROW_VALUE_MISSING',
        message: `${mapping.columns.report.gatewayMsgId} is empty: it does not show which segment of the message is meant`,
      }
    : undefined;

/**
 * Returns the event of a report that found no message in time. It names the message by the gateway
 * id, else by the MSG_ID in the report.
 */
const toUnmatched = (
  row: ReportRow,
  raw: RawReply,
  { status, isFinal }: ReportOutcome,
  country: Country,
  now: number,
) => {
  const destAddr = toKeptAddress(row.destAddr);
  return toUnmatchedEvent(
    raw,
    raw.gatewayMsgId ?? cutText(toText(row.msgId) as string, WIDTHS.id),
    {
      status,
      isFinal: isFinal && status !== 'SUBMITTED',
      to: destAddr === null ? null : normaliseAddress(destAddr, country),
    },
    now,
  );
};

/**
 * Plans delivery reports, in the order of the rows.
 * @param messages the candidates, as the ledger holds them now
 * @param completed whole MSG_IDs by the cut ones that the reports contain
 */
export const planReports = (
  rows: readonly ReportRow[],
  messages: readonly LedgerMessage[],
  { mapping, country, wait }: ReportRules,
  now: number,
  completed?: ReadonlyMap<string, string>,
): CollectPlan => {
  const tally = createTally();
  const replies = createReplyAccumulator(mapping.answers === 'per-part', now, tally);
  const notation = mapping.codes.gatewayMsgId;
  const match = createMatchReport(messages, country, notation, completed);
  const unknownCodes = new Set<string>();
  const outcomes = new Map<string, ReportOutcome>();
  const statuses: SmsStatus[] = [];
  const letters: RowLetter[] = [];
  const waiting: WaitingReport[] = [];
  for (const row of rows) {
    const message = match(row);
    const problem = problemOfReport(row, mapping.columns.report) ?? (message && withoutPart(row, message, mapping));
    if (problem !== undefined) {
      tally.add('set_aside');
      letters.push({ row, ...problem });
      continue;
    }
    const code = (toText(row.stat) ?? toText(row.errCode)) as string;
    const outcome = outcomes.get(code) ?? toReportOutcome(code, mapping.codes);
    outcomes.set(code, outcome);
    const raw = {
      // Earlier versions published 'unmatched' under this id, so the late match needs another one:
      // reports of that time may still wait.
      eventId: row.waited?.told === true ? eventId('matched-late', row.waited.eventId) : idOf(row),
      gatewayCode: code,
      gatewayMessage: toRemark(row.errCode),
      gatewayMsgId: toKeptId(row.gatewayMsgId),
      occurredMs: toUsableMs(row.doneMs, now) ?? toUsableMs(row.submitMs, now),
      submittedMs: toUsableMs(row.submitMs, now),
      doneMs: toUsableMs(row.doneMs, now),
    };
    if (outcome.pattern === undefined && row.waited === undefined) unknownCodes.add(code);
    if (message !== undefined) {
      const gatewayMsgId = toKnownId(message, raw.gatewayMsgId, notation);
      statuses.push(replies.apply(message, { kind: 'report', outcome, gatewayMsgId, code }, raw));
      continue;
    }
    const later = toWaiting(row, now, wait);
    if (later !== undefined) waiting.push(later);
    const told = row.waited?.told === true;
    const ends = now - (row.waited?.firstSeenMs ?? now) >= wait.waitMs;
    if (ends && !told) statuses.push(toUnmatched(row, raw, outcome, country, now));
    tally.add(ends && !told ? 'unmatched' : later === undefined ? 'forgotten' : 'waiting');
  }
  return {
    ...EMPTY_PLAN,
    statuses,
    letters,
    waiting,
    settlements: replies.settlements(),
    segments: replies.segments(),
    unknownCodes: [...unknownCodes],
    outcomes: tally.counts,
  };
};
