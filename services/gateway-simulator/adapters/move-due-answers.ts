import { type Database, forEngine, type PerEngine, type Query } from '../../shared/database/open-database';
import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import { ANSWER_COLUMNS, type GivenCounts, giveAnswers } from './answer-rows';
import type { OwnTables } from './own-tables';

/** Moves up to `limit` answers that are due from the table where they wait to the exchange tables: one statement, all of it or nothing. */
export type MoveDueAnswers = (query: Query, limit: number) => Promise<GivenCounts>;

const moveOnPostgres = (names: ExchangeNames, { answers, answerLog }: OwnTables): MoveDueAnswers => {
  // ctid: the rows are locked by this very statement, so nobody moves them; it spares the table a key that nothing else needs
  const statement = `
WITH due AS (
  DELETE FROM ${answers} WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM ${answers} WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED))
  RETURNING ${ANSWER_COLUMNS}),
${giveAnswers(names, { msgFmt: '$2', answerLog })}`;
  return async (query, limit) => {
    const { rows } = await query<GivenCounts>(statement, [limit, names.codes.msgFmt], 'simulator-answers-move');
    return rows[0] ?? { resp: 0, report: 0, recv: 0 };
  };
};

const MOVE_DUE_ANSWERS: PerEngine<(names: ExchangeNames, tables: OwnTables) => MoveDueAnswers> = { pg: moveOnPostgres };

export const createMoveDueAnswers = (db: Database, names: ExchangeNames, tables: OwnTables): MoveDueAnswers =>
  forEngine(db.engine, MOVE_DUE_ANSWERS)(names, tables);
