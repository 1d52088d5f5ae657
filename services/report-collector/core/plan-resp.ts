import type { SmsStatus } from '../../../shared/avro/records';
import { eventId } from '../../../shared/event-id';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { toHalfWidth } from '../../../shared/sms/dialled-text';
import { createReplyAccumulator } from './apply-replies';
import { type CollectPlan, createTally, EMPTY_PLAN, type LedgerMessage, type RowLetter } from './collect-plan';
import { type RespRow, toRemark, toText, toUsableMs } from './exchange-rows';
import { toKnownId } from './match-report';
import { problemOfResp, toKeptId } from './row-problems';
import { toUnmatchedEvent } from './to-status-event';

/**
 * Returns the same id for the same row always. SEQ_ID alone is not enough: a table that was created
 * again repeats it.
 */
const idOf = (row: RespRow): string =>
  eventId('exchange-resp', row.id, row.msgId, row.gatewayMsgId, row.result, row.resultDesc, row.respMs);

/**
 * Plans submit results, in the order of the rows.
 * @param find returns the message of a row, as the ledger holds it now
 */
export const planResp = (
  rows: readonly RespRow[],
  find: (row: RespRow) => LedgerMessage | undefined,
  mapping: ExchangeMapping,
  now: number,
): CollectPlan => {
  const perSegment = mapping.answers === 'per-part';
  const notation = mapping.codes.gatewayMsgId;
  const success = new RegExp(mapping.codes.submitSuccess);
  const refusedForNow = new RegExp(mapping.codes.submitTemporary);
  const tally = createTally();
  const replies = createReplyAccumulator(perSegment, now, tally);
  const statuses: SmsStatus[] = [];
  const letters: RowLetter[] = [];
  for (const row of rows) {
    const problem = problemOfResp(row, mapping.columns.resp);
    if (problem !== undefined) {
      tally.add('set_aside');
      letters.push({ row, ...problem });
      continue;
    }
    const msgId = toText(row.msgId) as string;
    const gatewayMsgId = toKeptId(row.gatewayMsgId);
    const code = toText(row.result) as string;
    const said = toHalfWidth(code);
    const ok = success.test(said);
    const temporary = !ok && refusedForNow.test(said);
    const raw = {
      eventId: idOf(row),
      gatewayCode: code,
      gatewayMessage: toRemark(row.resultDesc),
      gatewayMsgId,
      occurredMs: toUsableMs(row.respMs, now),
      ...(ok ? { submittedMs: toUsableMs(row.respMs, now) } : { doneMs: toUsableMs(row.respMs, now) }),
    };
    const message = find(row);
    if (message === undefined) {
      tally.add('unmatched');
      const status = ok ? ('SUBMITTED' as const) : ('SUBMIT_FAILED' as const);
      statuses.push(toUnmatchedEvent(raw, msgId, { status, isFinal: !ok && !temporary, to: null }, now));
    } else
      statuses.push(
        replies.apply(
          message,
          { kind: 'submit', ok, temporary, gatewayMsgId: toKnownId(message, gatewayMsgId, notation), code },
          raw,
        ),
      );
  }
  return {
    ...EMPTY_PLAN,
    statuses,
    letters,
    settlements: replies.settlements(),
    segments: replies.segments(),
    outcomes: tally.counts,
  };
};
