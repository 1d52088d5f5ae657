import { NUMBER_COLUMN, TIME_COLUMN, textColumn } from '../../shared/database/oracle-columns';
import type { OracleColumn, OracleStatements } from '../../shared/database/oracle-statements';
import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import type { Answer } from '../core/behaviour';
import { ANSWER_COLUMNS, type GivenCounts } from './answer-rows';
import type { OwnTables } from './own-tables';

/** An answer with its times. */
export type DueAnswer = Pick<Answer, 'kind' | 'msgId' | 'gatewayMsgId' | 'fromAddr' | 'toAddr' | 'code' | 'text'> & {
  readonly dueAt: Date;
  readonly happenedAt: Date;
  readonly submittedAt: Date | null;
};

type Value = string | number | Date | null;

/** How one table takes answers. */
type Insert = {
  readonly text: string;
  readonly columns: readonly OracleColumn[];
  readonly toRow: (answer: DueAnswer) => readonly Value[];
};

const ID = textColumn(64);
const ADDRESS = textColumn(40);
const CODE = textColumn(32);
const TEXT = textColumn(1000);

const insertText = (table: string, columns: string, count: number): string =>
  `INSERT INTO ${table} (${columns}) VALUES (${Array.from({ length: count }, (_, at) => `:${at + 1}`).join(', ')})`;

const OWN_COLUMNS = [CODE, TIME_COLUMN, TIME_COLUMN, TIME_COLUMN, ID, ID, ADDRESS, ADDRESS, CODE, TEXT];

const toOwnRow = (answer: DueAnswer): readonly Value[] => [
  answer.kind,
  answer.dueAt,
  answer.happenedAt,
  answer.submittedAt,
  answer.msgId,
  answer.gatewayMsgId,
  answer.fromAddr,
  answer.toAddr,
  answer.code,
  answer.text,
];

const insertsInto = ({
  tables,
  columns: { resp, report, recv },
  codes,
}: ExchangeNames): Readonly<Record<Answer['kind'], Insert>> => ({
  resp: {
    text: insertText(
      tables.resp,
      [resp.msgId, resp.gatewayMsgId, resp.result, resp.resultDesc, resp.respTime].join(', '),
      5,
    ),
    columns: [ID, ID, CODE, TEXT, TIME_COLUMN],
    toRow: ({ msgId, gatewayMsgId, code, text, happenedAt }) => [msgId, gatewayMsgId, code, text, happenedAt],
  },
  report: {
    text: insertText(
      tables.report,
      [
        report.gatewayMsgId,
        report.msgId,
        report.destAddr,
        report.stat,
        report.errCode,
        report.submitTime,
        report.doneTime,
      ].join(', '),
      7,
    ),
    columns: [ID, ID, ADDRESS, CODE, TEXT, TIME_COLUMN, TIME_COLUMN],
    toRow: ({ gatewayMsgId, msgId, toAddr, code, text, submittedAt, happenedAt }) => [
      gatewayMsgId,
      msgId,
      toAddr,
      code,
      text,
      submittedAt,
      happenedAt,
    ],
  },
  recv: {
    text: insertText(
      tables.recv,
      [recv.srcAddr, recv.destAddr, recv.content, recv.msgFmt, recv.recvTime].join(', '),
      5,
    ),
    columns: [ADDRESS, ADDRESS, TEXT, NUMBER_COLUMN, TIME_COLUMN],
    toRow: ({ fromAddr, toAddr, text, happenedAt }) => [fromAddr, toAddr, text, codes.msgFmt, happenedAt],
  },
});

/** Keeps answers until they are due. */
export const createKeepOnOracle = (answers: string) => {
  const text = insertText(answers, ANSWER_COLUMNS, OWN_COLUMNS.length);
  return async ({ executeMany }: OracleStatements, due: readonly DueAnswer[]): Promise<void> => {
    await executeMany(text, due.map(toOwnRow), OWN_COLUMNS);
  };
};

/** Gives answers to the exchange tables, oldest first, with a copy to the log when there is one. */
export const createGiveOnOracle = (names: ExchangeNames, { answerLog }: OwnTables) => {
  const inserts = insertsInto(names);
  const logText =
    answerLog === undefined ? undefined : insertText(answerLog, `${ANSWER_COLUMNS}, given_at`, OWN_COLUMNS.length + 1);
  return async (
    { executeMany }: OracleStatements,
    answers: readonly DueAnswer[],
    givenAt: Date,
  ): Promise<GivenCounts> => {
    const sorted = [...answers].sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime());
    const counts = { resp: 0, report: 0, recv: 0 };
    for (const kind of ['resp', 'report', 'recv'] as const) {
      const { text, columns, toRow } = inserts[kind];
      const rows = sorted.filter((answer) => answer.kind === kind).map(toRow);
      await executeMany(text, rows, columns);
      counts[kind] = rows.length;
    }
    if (logText !== undefined) {
      await executeMany(
        logText,
        sorted.map((answer) => [...toOwnRow(answer), givenAt]),
        [...OWN_COLUMNS, TIME_COLUMN],
      );
    }
    return counts;
  };
};
