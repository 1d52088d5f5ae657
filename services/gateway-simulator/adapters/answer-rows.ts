import type { ExchangeNames } from '../../shared/exchange/exchange-names';

const COLUMNS =
  'kind, due_at, happened_at, submitted_at, msg_id, gateway_msg_id, from_addr, to_addr, code, detail' as const;

/** The columns that an answer has in the simulator's own tables. */
export const ANSWER_COLUMNS = COLUMNS;

/**
 * CTEs that give the answers of the CTE `due` (columns as above) to the exchange tables, oldest first; `counted` after them tells how many of each
 * kind, in one row.
 * @param msgFmt the parameter of MSG_FMT
 */
export const giveAnswers = (
  { tables, columns: { resp, report, recv } }: ExchangeNames,
  from: { readonly msgFmt: string; readonly answerLog: string | undefined },
): string => `
given_resp AS (
  INSERT INTO ${tables.resp} (${resp.msgId}, ${resp.gatewayMsgId}, ${resp.result}, ${resp.resultDesc}, ${resp.respTime})
  SELECT msg_id, gateway_msg_id, code, detail, happened_at FROM due WHERE kind = 'resp' ORDER BY due_at),
given_report AS (
  INSERT INTO ${tables.report} (${report.gatewayMsgId}, ${report.msgId}, ${report.destAddr}, ${report.stat}, ${report.errCode}, ${report.submitTime},
                                ${report.doneTime})
  SELECT gateway_msg_id, msg_id, to_addr, code, detail, submitted_at, happened_at FROM due WHERE kind = 'report' ORDER BY due_at),
given_recv AS (
  INSERT INTO ${tables.recv} (${recv.srcAddr}, ${recv.destAddr}, ${recv.content}, ${recv.msgFmt}, ${recv.recvTime})
  SELECT from_addr, to_addr, detail, ${from.msgFmt}::int, happened_at FROM due WHERE kind = 'recv' ORDER BY due_at)${
    from.answerLog === undefined
      ? ''
      : `,
kept AS (INSERT INTO ${from.answerLog} (${COLUMNS}, given_at) SELECT ${COLUMNS}, now() FROM due)`
  }
SELECT count(*) FILTER (WHERE kind = 'resp')::int AS resp, count(*) FILTER (WHERE kind = 'report')::int AS report,
       count(*) FILTER (WHERE kind = 'recv')::int AS recv FROM due`;

/** How many answers of each kind were given. */
export type GivenCounts = { readonly resp: number; readonly report: number; readonly recv: number };

export const NOTHING_GIVEN: GivenCounts = { resp: 0, report: 0, recv: 0 };
