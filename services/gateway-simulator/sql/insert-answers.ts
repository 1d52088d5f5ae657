import { type Database, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import type { SimulatedRow } from '../core/behaviour';
import { ANSWER_COLUMNS, type GivenCounts, giveAnswers, NOTHING_GIVEN } from './answer-rows';
import { createGiveOnOracle, createKeepOnOracle, type DueAnswer } from './give-on-oracle';
import type { OwnTables } from './missing-table';

/**
 * Inserts rows inside the caller's transaction: those due at once into the exchange tables, the
 * others into the table where they wait.
 * @returns the number of rows given at once
 */
export type InsertAnswers = (tx: Tx, answers: readonly SimulatedRow[]) => Promise<GivenCounts>;

/** Times are by the database's clock, which all instances share. */
const VALUES = `
  SELECT kind, now() + after_ms * interval '1 millisecond' AS due_at, now() + happened_ms * interval '1 millisecond' AS happened_at,
         now() + submitted_ms * interval '1 millisecond' AS submitted_at, msg_id, gateway_msg_id, from_addr, to_addr, code, detail
    FROM unnest($1::text[], $2::float8[], $3::float8[], $4::float8[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
      AS a (kind, after_ms, happened_ms, submitted_ms, msg_id, gateway_msg_id, from_addr, to_addr, code, detail)`;

const toValues = (answers: readonly SimulatedRow[]): unknown[] => [
  answers.map((answer) => answer.kind),
  answers.map((answer) => answer.afterMs),
  answers.map((answer) => answer.happenedMs),
  answers.map((answer) => answer.submittedMs),
  answers.map((answer) => answer.msgId),
  answers.map((answer) => answer.gatewayMsgId),
  answers.map((answer) => answer.fromAddr),
  answers.map((answer) => answer.toAddr),
  answers.map((answer) => answer.code),
  answers.map((answer) => answer.text),
];

const insertOnPostgres = (mapping: ExchangeMapping, { answers, answerLog }: OwnTables): InsertAnswers => {
  const wait = `INSERT INTO ${answers} (${ANSWER_COLUMNS}) ${VALUES}`;
  const give = `WITH due AS (${VALUES}), ${giveAnswers(mapping, { answerLog })}`;
  return async ({ query }, all) => {
    const later = all.filter((answer) => answer.afterMs > 0);
    if (later.length > 0) await query(wait, toValues(later), 'simulator-answers-wait');
    if (later.length === all.length) return NOTHING_GIVEN;
    const now = later.length === 0 ? all : all.filter((answer) => answer.afterMs <= 0);
    const { rows } = await query<GivenCounts>(give, toValues(now), 'simulator-answers-give');
    return rows[0] ?? NOTHING_GIVEN;
  };
};

/** Times are by the database's clock, read once, so that all rows count from one moment. */
const insertOnOracle = (mapping: ExchangeMapping, tables: OwnTables): InsertAnswers => {
  const give = createGiveOnOracle(mapping, tables);
  const keep = createKeepOnOracle(tables.answers);
  return async ({ oracle }, all) => {
    if (all.length === 0) return NOTHING_GIVEN;
    const { rows } = await oracle.execute<{ now_at: Date }>('SELECT SYS_EXTRACT_UTC(SYSTIMESTAMP) AS NOW_AT FROM DUAL');
    const now = rows.map(({ now_at }) => now_at.getTime())[0] as number;
    const toDue = (answer: SimulatedRow): DueAnswer => ({
      ...answer,
      dueAt: new Date(now + answer.afterMs),
      happenedAt: new Date(now + answer.happenedMs),
      submittedAt: answer.submittedMs === null ? null : new Date(now + answer.submittedMs),
    });
    const later = all.filter((answer) => answer.afterMs > 0);
    if (later.length > 0) await keep(oracle, later.map(toDue));
    return give(oracle, all.filter((answer) => answer.afterMs <= 0).map(toDue), new Date(now));
  };
};

const INSERT_ANSWERS: PerEngine<(mapping: ExchangeMapping, tables: OwnTables) => InsertAnswers> = {
  pg: insertOnPostgres,
  oracledb: insertOnOracle,
};

export const createInsertAnswers = (db: Database, mapping: ExchangeMapping, tables: OwnTables): InsertAnswers =>
  forEngine(db.engine, INSERT_ANSWERS)(mapping, tables);
