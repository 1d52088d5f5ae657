import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';

const COLUMNS =
  'kind, due_at, happened_at, submitted_at, msg_id, gateway_msg_id, from_addr, to_addr, code, detail' as const;

/** The columns of a row in the simulator's own tables. */
export const ANSWER_COLUMNS = COLUMNS;

/**
 * Returns CTEs that move the rows of the CTE `due` (columns as above) to the exchange tables,
 * oldest first. The query after them returns the count of each kind in one row.
 */
export const giveAnswers = (mapping: ExchangeMapping, from: { readonly answerLog: string | undefined }): string => `${(
  ['resp', 'report', 'recv'] as const
)
  .map((kind) => {
    const columns = answerColumns(mapping, kind);
    return `
given_${kind} AS (
  INSERT INTO ${mapping.tables[kind]} (${columns.map(([column]) => column).join(', ')})
  SELECT ${columns.map(([, value]) => (value === 'msg_fmt' ? String(mapping.codes.msgFmt) : value)).join(', ')} FROM due WHERE kind = '${kind}' ORDER BY due_at)`;
  })
  .join(',')}${
  from.answerLog === undefined
    ? ''
    : `,
kept AS (INSERT INTO ${from.answerLog} (${COLUMNS}, given_at) SELECT ${COLUMNS}, now() FROM due)`
}
SELECT count(*) FILTER (WHERE kind = 'resp')::int AS resp, count(*) FILTER (WHERE kind = 'report')::int AS report,
       count(*) FILTER (WHERE kind = 'recv')::int AS recv FROM due`;

/**
 * The column in the simulator's tables for each column of the province. MSG_FMT comes from the
 * configuration.
 */
const VALUES = {
  resp: {
    msgId: 'msg_id',
    gatewayMsgId: 'gateway_msg_id',
    result: 'code',
    resultDesc: 'detail',
    respTime: 'happened_at',
  },
  report: {
    gatewayMsgId: 'gateway_msg_id',
    msgId: 'msg_id',
    destAddr: 'to_addr',
    stat: 'code',
    errCode: 'detail',
    submitTime: 'submitted_at',
    doneTime: 'happened_at',
  },
  recv: { srcAddr: 'from_addr', destAddr: 'to_addr', content: 'detail', msgFmt: 'msg_fmt', recvTime: 'happened_at' },
} as const;

export type AnswerValue =
  | 'msg_id'
  | 'gateway_msg_id'
  | 'code'
  | 'detail'
  | 'to_addr'
  | 'from_addr'
  | 'submitted_at'
  | 'happened_at'
  | 'msg_fmt';

/** Returns the columns of the province that a kind of row fills, each with its value. */
export const answerColumns = (
  { columns }: ExchangeMapping,
  kind: keyof typeof VALUES,
): readonly (readonly [column: string, value: AnswerValue])[] => {
  const names: Readonly<Record<string, string | null>> = columns[kind];
  return Object.entries<AnswerValue>(VALUES[kind]).flatMap(([key, value]) => {
    const column = names[key] ?? null;
    return column === null ? [] : [[column, value] as const];
  });
};

/** Number of rows of each kind that were given. */
export type GivenCounts = { readonly resp: number; readonly report: number; readonly recv: number };

export const NOTHING_GIVEN: GivenCounts = { resp: 0, report: 0, recv: 0 };
