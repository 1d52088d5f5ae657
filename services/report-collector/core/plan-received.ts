import type { SmsReceived } from '../../../shared/avro/records';
import { eventId } from '../../../shared/event-id';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { WIDTHS } from '../../../shared/ledger/widths';
import { type Country, normaliseAddress } from '../../../shared/sms/normalise-msisdn';
import { type CollectPlan, createTally, EMPTY_PLAN, type RowLetter } from './collect-plan';
import { decodeContent } from './decode-content';
import { cutText, type RecvRow, toText, toUsableMs } from './exchange-rows';
import type { Route } from './route-inbound';
import { problemOfRecv } from './row-problems';
import { stripHeader } from './segment-header';

const idOf = (row: RecvRow): string =>
  eventId('exchange-recv', row.id, row.srcAddr, row.destAddr, row.content, row.recvMs);

/**
 * Plans received messages, in the order of the rows.
 * @param route finds the application by the number that the customer wrote to
 */
export const planReceived = (
  rows: readonly RecvRow[],
  route: (destAddr: string) => Route | undefined,
  rules: { readonly mapping: ExchangeMapping; readonly country: Country },
  now: number,
): CollectPlan => {
  const tally = createTally();
  const hex = rules.mapping.codes.recvContent === 'hex';
  const received: SmsReceived[] = [];
  const letters: RowLetter[] = [];
  for (const row of rows) {
    const text = row.content === null ? null : hex ? decodeContent(row.content, row.msgFmt) : stripHeader(row.content);
    if (text === undefined) tally.add('undecoded');
    const read = text === undefined ? row : { ...row, content: text };
    const problem = problemOfRecv(read, rules.mapping.columns.recv);
    if (problem !== undefined) {
      tally.add('set_aside');
      letters.push({ row, ...problem });
      continue;
    }
    const to = cutText(toText(row.destAddr) ?? '', WIDTHS.address);
    const found = to === '' ? undefined : route(to);
    tally.add(found === undefined ? 'unrouted' : 'received');
    received.push({
      receivedId: idOf(row),
      from: normaliseAddress(row.srcAddr as string, rules.country),
      to,
      extCode: found?.extCode ?? null,
      appId: found?.appId ?? null,
      content: read.content ?? '',
      receivedAt: toUsableMs(row.recvMs, now) ?? now,
      recordedAt: now,
      attempt: 1,
    });
  }
  return { ...EMPTY_PLAN, received, letters, outcomes: tally.counts };
};
