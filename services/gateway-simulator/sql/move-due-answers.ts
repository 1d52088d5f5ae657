import { type Database, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import { deleteClaimed } from '../../../shared/database/oracle/delete-claimed';
import { KEY_COLUMN, TIME_COLUMN } from '../../../shared/database/oracle/oracle-columns';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import type { SimulatedRow } from '../core/behaviour';
import { ANSWER_COLUMNS, type GivenCounts, giveAnswers, NOTHING_GIVEN } from './answer-rows';
import { createGiveOnOracle } from './give-on-oracle';
import type { OwnTables } from './missing-table';

/**
 * Moves up to `limit` due rows from the table where they wait to the exchange tables, inside the
 * caller's transaction.
 */
export type MoveDueAnswers = (tx: Tx, limit: number) => Promise<GivenCounts>;

const moveOnPostgres = (mapping: ExchangeMapping, { answers, answerLog }: OwnTables): MoveDueAnswers => {
  // ctid is safe: this statement locks the rows, so no other session moves them. It saves the table
  // a key that nothing else needs.
  const statement = `
WITH due AS (
  DELETE FROM ${answers} WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM ${answers} WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED))
  RETURNING ${ANSWER_COLUMNS}),
${giveAnswers(mapping, { answerLog })}`;
  return async ({ query }, limit) => {
    const { rows } = await query<GivenCounts>(statement, [limit], 'simulator-answers-move');
    return rows[0] ?? NOTHING_GIVEN;
  };
};

type DueRow = {
  readonly answer_seq: string | number;
  readonly kind: SimulatedRow['kind'];
  readonly due_at: Date;
  readonly happened_at: Date;
  readonly submitted_at: Date | null;
  readonly msg_id: string | null;
  readonly gateway_msg_id: string | null;
  readonly from_addr: string | null;
  readonly to_addr: string | null;
  readonly code: string | null;
  readonly detail: string | null;
  readonly now_at: Date;
};

const moveOnOracle = (mapping: ExchangeMapping, tables: OwnTables): MoveDueAnswers => {
  const give = createGiveOnOracle(mapping, tables);
  const due = `SELECT /*+ FIRST_ROWS(100) INDEX(A (DUE_AT)) */ ANSWER_SEQ, ${ANSWER_COLUMNS}, SYS_EXTRACT_UTC(SYSTIMESTAMP) AS NOW_AT
  FROM ${tables.answers} A WHERE DUE_AT <= SYS_EXTRACT_UTC(SYSTIMESTAMP) ORDER BY DUE_AT FOR UPDATE SKIP LOCKED`;
  const gone = {
    text: `DELETE FROM ${tables.answers} WHERE DUE_AT = :1 AND ANSWER_SEQ = :2`,
    key: [TIME_COLUMN, KEY_COLUMN],
  };
  return async ({ oracle }, limit) => {
    const { rows } = await oracle.execute<DueRow>(due, [], { maxRows: limit });
    const [first] = rows;
    if (first === undefined) return NOTHING_GIVEN;
    const claimed = await deleteClaimed(oracle, gone, rows, (row) => [row.due_at, String(row.answer_seq)]);
    const answers = claimed.map((row) => ({
      kind: row.kind,
      dueAt: row.due_at,
      happenedAt: row.happened_at,
      submittedAt: row.submitted_at,
      msgId: row.msg_id,
      gatewayMsgId: row.gateway_msg_id,
      fromAddr: row.from_addr,
      toAddr: row.to_addr,
      code: row.code,
      text: row.detail,
    }));
    return give(oracle, answers, first.now_at);
  };
};

const MOVE_DUE_ANSWERS: PerEngine<(mapping: ExchangeMapping, tables: OwnTables) => MoveDueAnswers> = {
  pg: moveOnPostgres,
  oracledb: moveOnOracle,
};

export const createMoveDueAnswers = (db: Database, mapping: ExchangeMapping, tables: OwnTables): MoveDueAnswers =>
  forEngine(db.engine, MOVE_DUE_ANSWERS)(mapping, tables);
