import type { OracleColumn } from '../../../shared/database/oracle/oracle-binds';
import { NUMBER_COLUMN, TIME_COLUMN, textColumn } from '../../../shared/database/oracle/oracle-columns';
import type { OracleStatements } from '../../../shared/database/oracle/oracle-statements';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { toZone } from '../../../shared/exchange/time-zone';
import type { SimulatedRow } from '../core/behaviour';
import { ANSWER_COLUMNS, type AnswerValue, answerColumns, type GivenCounts } from './answer-rows';
import type { OwnTables } from './missing-table';

/** A row for the province's tables with its times. */
export type DueAnswer = Pick<
  SimulatedRow,
  'kind' | 'msgId' | 'gatewayMsgId' | 'fromAddr' | 'toAddr' | 'code' | 'text'
> & {
  readonly dueAt: Date;
  readonly happenedAt: Date;
  readonly submittedAt: Date | null;
};

type Value = string | number | Date | null;

/** The insert into one table. */
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
  `INSERT INTO ${table} (${columns}) VALUES (${Array.from({ length: count }, (_, index) => `:${index + 1}`).join(', ')})`;

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

/** The bind of each value. Times are by the province's clock. */
const BINDS: Readonly<Record<AnswerValue, readonly [OracleColumn, (answer: DueAnswer, world: World) => Value]>> = {
  msg_id: [ID, ({ msgId }) => msgId],
  gateway_msg_id: [ID, ({ gatewayMsgId }) => gatewayMsgId],
  code: [CODE, ({ code }) => code],
  detail: [TEXT, ({ text }) => text],
  to_addr: [ADDRESS, ({ toAddr }) => toAddr],
  from_addr: [ADDRESS, ({ fromAddr }) => fromAddr],
  submitted_at: [TIME_COLUMN, ({ submittedAt }, { onWall }) => submittedAt && onWall(submittedAt)],
  happened_at: [TIME_COLUMN, ({ happenedAt }, { onWall }) => onWall(happenedAt)],
  msg_fmt: [NUMBER_COLUMN, (_, { msgFmt }) => msgFmt],
};

type World = { readonly msgFmt: number; readonly onWall: (time: Date) => Date };

const insertInto = (mapping: ExchangeMapping, kind: SimulatedRow['kind'], world: World): Insert => {
  const columns = answerColumns(mapping, kind);
  return {
    text: insertText(mapping.tables[kind], columns.map(([column]) => column).join(', '), columns.length),
    columns: columns.map(([, value]) => BINDS[value][0]),
    toRow: (answer) => columns.map(([, value]) => BINDS[value][1](answer, world)),
  };
};

/** Creates the insert of rows that wait until they are due. */
export const createKeepOnOracle = (answers: string) => {
  const text = insertText(answers, ANSWER_COLUMNS, OWN_COLUMNS.length);
  return async ({ executeMany }: OracleStatements, due: readonly DueAnswer[]): Promise<void> => {
    await executeMany(text, due.map(toOwnRow), OWN_COLUMNS);
  };
};

/**
 * Creates the insert of rows into the exchange tables, oldest first, with a copy to the log if
 * there is one.
 */
export const createGiveOnOracle = (mapping: ExchangeMapping, { answerLog }: OwnTables) => {
  const zone = toZone(mapping.timeZone);
  const world: World = {
    msgFmt: mapping.codes.msgFmt,
    onWall: (time) => new Date(zone.toWall(time.getTime())),
  };
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
      const { text, columns, toRow } = insertInto(mapping, kind, world);
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
