import { type Database, type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import { ID_COLUMN, TIME_COLUMN } from '../../../shared/database/oracle/oracle-columns';
import { changedRows } from '../../../shared/database/oracle/row-counts';
import type { TakeSlice } from '../archive-batch';
import type { ArchivePlan } from '../core/plan-archive';
import type { MoveRule } from './move-rules';

const isSame = ({ identity }: MoveRule, row: string): string =>
  identity.map((column) => `h.${column} = ${row}.${column}`).join(' AND ');

/**
 * Finds a message that the history already holds; its live row then stays. One index look-up per
 * row, never a join over the whole history.
 */
const inHistory = (move: MoveRule) => `(SELECT true FROM ${move.to} h WHERE ${isSame(move, move.from)})`;

/**
 * Deletes and inserts in one statement, so that a row is always in one of the two tables. Rows that
 * other transactions hold are left for the next run.
 */
const moveStatement = (move: MoveRule): string => {
  const { where, orderBy } = move.due.pg;
  return `
WITH due AS (
  SELECT ${move.key}, ${orderBy} AS at FROM ${move.from}
   WHERE ${where('to_timestamp($4::float8 / 1000)')} AND ${orderBy} >= to_timestamp($3::float8 / 1000) AND ${inHistory(move)} IS NULL
   ORDER BY ${orderBy} LIMIT $2 FOR UPDATE OF ${move.from} SKIP LOCKED),
gone AS (
  DELETE FROM ${move.from} WHERE ${move.key} = ANY(ARRAY(SELECT ${move.key} FROM due)) RETURNING ${move.columns}),
kept AS (
  INSERT INTO ${move.to} (${move.columns}, archived_at${move.outcome ? ', outcome' : ''})
  SELECT ${move.columns}, to_timestamp($1::float8 / 1000)${move.outcome ? `, '${move.outcome}'` : ''} FROM gone RETURNING 1)
SELECT (SELECT count(*) FROM due)::int AS taken, (SELECT count(*) FROM gone)::int AS deleted, (SELECT count(*) FROM kept)::int AS inserted,
       (SELECT (extract(epoch FROM max(at)) * 1000)::float8 FROM due) AS up_to`;
};

/** Not a prepared statement: its generic plan would sort all due rows for each slice. */
const moveOnPostgres = (move: MoveRule): TakeSlice<Tx> => {
  const statement = moveStatement(move);
  return async ({ query }, plan, from) => {
    const { rows } = await query<{ taken: number; deleted: number; inserted: number; up_to: number | null }>(
      statement,
      [plan.now, plan.sliceRows, from, move.cutOff(plan)],
    );
    const { taken, deleted, inserted, up_to } = rows[0]!;
    return { taken, counts: move.counts(taken), moved: { deleted, inserted }, upTo: up_to ?? from };
  };
};

const historyRow = (move: MoveRule) => `(SELECT /*+ NO_UNNEST */ 1 FROM ${move.to} h WHERE ${isSame(move, 't')})`;

const oracleTexts = (move: MoveRule) => {
  const { from, to, key, columns, outcome } = move;
  const { where, orderBy, index } = move.due.oracledb;
  return {
    claim: `SELECT /*+ INDEX(t ${index}) */ ${key} AS ID, ${orderBy} AS DUE_AT FROM ${from} t
 WHERE ${orderBy} >= :1 AND ${where(':2')} AND NOT EXISTS ${historyRow(move)}
 ORDER BY ${orderBy} FOR UPDATE SKIP LOCKED`,
    keep: `INSERT INTO ${to} (${columns}, archived_at${outcome ? ', outcome' : ''})
SELECT ${columns}, :1${outcome ? `, '${outcome}'` : ''} FROM ${from} WHERE ${key} = :2 AND ${where(':3')}`,
    remove: `DELETE FROM ${from} WHERE ${key} = :1`,
  };
};

/**
 * Inserts, then deletes the inserted rows, in the caller's transaction. The insert repeats the
 * condition: the claim saw a row as it was when the claim began, and the row may have been
 * acknowledged before it was locked.
 */
const moveOnOracle = (move: MoveRule): TakeSlice<Tx> => {
  const { claim, keep, remove } = oracleTexts(move);
  return async ({ oracle }, plan, from) => {
    const cutOff = new Date(move.cutOff(plan));
    const { rows } = await oracle.execute<{ id: string; due_at: Date }>(claim, [new Date(from), cutOff], {
      maxRows: plan.sliceRows,
    });
    const now = new Date(plan.now);
    const inserted = await oracle.executeMany(
      keep,
      rows.map(({ id }) => [now, id, cutOff]),
      [TIME_COLUMN, ID_COLUMN, TIME_COLUMN],
    );
    const kept = changedRows(rows, inserted);
    const { rowCount: deleted } = await oracle.executeMany(
      remove,
      kept.map(({ id }) => [id]),
      [ID_COLUMN],
    );
    return {
      taken: kept.length,
      claimed: rows.length,
      counts: move.counts(kept.length),
      moved: { deleted, inserted: inserted.rowCount },
      upTo: rows.at(-1)?.due_at.getTime() ?? from,
    };
  };
};

const MOVE_SLICE: PerEngine<(move: MoveRule) => TakeSlice<Tx>> = { pg: moveOnPostgres, oracledb: moveOnOracle };

/** Creates the move of one slice inside the caller's transaction. */
export const createMoveSlice = (engine: Engine, move: MoveRule): TakeSlice<Tx> => forEngine(engine, MOVE_SLICE)(move);

/**
 * Rows that are due but stay, because the history holds another row with their id: the count, and
 * some of the ids.
 */
export type HeldBack = { readonly rows: number; readonly examples: readonly string[] };

const EXAMPLES = 3;

const heldBackOnPostgres = async ({ query }: Tx, move: MoveRule, plan: ArchivePlan): Promise<HeldBack> => {
  const { rows } = await query<{ rows: number; examples: string[] | null }>(
    `SELECT count(*)::int AS rows, (array_agg(${move.identity[0]}))[1:${EXAMPLES}] AS examples FROM ${move.from}
      WHERE ${move.due.pg.where('to_timestamp($1::float8 / 1000)')} AND ${inHistory(move)}`,
    [move.cutOff(plan)],
  );
  return { rows: rows[0]?.rows ?? 0, examples: rows[0]?.examples ?? [] };
};

const heldBackOnOracle = async ({ oracle }: Tx, move: MoveRule, plan: ArchivePlan): Promise<HeldBack> => {
  const { rows } = await oracle.execute<{ held: string; id: string }>(
    `SELECT COUNT(*) OVER () AS HELD, ${move.identity[0]} AS ID FROM ${move.from} t
 WHERE ${move.due.oracledb.where(':1')} AND EXISTS ${historyRow(move)}`,
    [new Date(move.cutOff(plan))],
    { maxRows: EXAMPLES },
  );
  return { rows: Number(rows[0]?.held ?? 0), examples: rows.map(({ id }) => id) };
};

const FIND_HELD_BACK: PerEngine<typeof heldBackOnPostgres> = { pg: heldBackOnPostgres, oracledb: heldBackOnOracle };

export const findHeldBack = (db: Database, move: MoveRule, plan: ArchivePlan): Promise<HeldBack> =>
  forEngine(db.engine, FIND_HELD_BACK)(db, move, plan);
