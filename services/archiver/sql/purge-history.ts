import { type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import { ID_COLUMN } from '../../../shared/database/oracle/oracle-columns';
import type { TakeSlice } from '../archive-batch';
import type { ArchivePlan } from '../core/plan-archive';
import type { RunCounts } from '../core/run-counts';

/** A history whose rows are deleted after their retention. */
export type Purge = {
  readonly table: string;
  readonly key: string;
  /** a table whose rows are deleted with them */
  readonly parts?: string;
  readonly cutOff: (plan: ArchivePlan) => number;
  readonly counts: (rows: number) => Partial<RunCounts>;
};

/** Deletes the parts of a message together with its row. */
export const PURGE_SENT: Purge = {
  table: 'sm_send_t_log',
  key: 'msg_id',
  parts: 'sm_send_part',
  cutOff: (plan) => plan.sendArchivedBefore,
  counts: (rows) => ({ purgedSend: rows }),
};

export const PURGE_RECEIVED: Purge = {
  table: 'sm_receive_t_log',
  key: 'received_id',
  cutOff: (plan) => plan.receiveArchivedBefore,
  counts: (rows) => ({ purgedReceive: rows }),
};

const purgeStatement = ({ table, key, parts }: Purge): string => `
WITH due AS (
  SELECT ${key}, archived_at FROM ${table}
   WHERE archived_at < to_timestamp($3::float8 / 1000) AND archived_at >= to_timestamp($2::float8 / 1000)
   ORDER BY archived_at LIMIT $1 FOR UPDATE SKIP LOCKED),
gone AS (DELETE FROM ${table} WHERE ${key} = ANY(ARRAY(SELECT ${key} FROM due)) RETURNING 1)${
  parts === undefined ? '' : `,\nparts AS (DELETE FROM ${parts} WHERE ${key} = ANY(ARRAY(SELECT ${key} FROM due)))`
}
SELECT (SELECT count(*) FROM gone)::int AS taken, (SELECT (extract(epoch FROM max(archived_at)) * 1000)::float8 FROM due) AS up_to`;

const purgeOnPostgres = (purge: Purge): TakeSlice<Tx> => {
  const statement = purgeStatement(purge);
  return async ({ query }, plan, from) => {
    const { rows } = await query<{ taken: number; up_to: number | null }>(statement, [
      plan.sliceRows,
      from,
      purge.cutOff(plan),
    ]);
    const { taken, up_to } = rows[0]!;
    return { taken, counts: purge.counts(taken), upTo: up_to ?? from };
  };
};

const purgeOnOracle = (purge: Purge): TakeSlice<Tx> => {
  const { table, key, parts } = purge;
  const claim = `SELECT /*+ INDEX(t ${table}_ARCHIVED) */ ${key} AS ID, ARCHIVED_AT FROM ${table} t
 WHERE ARCHIVED_AT >= :1 AND ARCHIVED_AT < :2 ORDER BY ARCHIVED_AT FOR UPDATE SKIP LOCKED`;
  return async ({ oracle }, plan, from) => {
    const { rows } = await oracle.execute<{ id: string; archived_at: Date }>(
      claim,
      [new Date(from), new Date(purge.cutOff(plan))],
      { maxRows: plan.sliceRows },
    );
    const ids = rows.map(({ id }) => [id]);
    if (parts !== undefined) await oracle.executeMany(`DELETE FROM ${parts} WHERE ${key} = :1`, ids, [ID_COLUMN]);
    const { rowCount } = await oracle.executeMany(`DELETE FROM ${table} WHERE ${key} = :1`, ids, [ID_COLUMN]);
    return {
      taken: rowCount,
      claimed: rows.length,
      counts: purge.counts(rowCount),
      upTo: rows.at(-1)?.archived_at.getTime() ?? from,
    };
  };
};

const PURGE_SLICE: PerEngine<(purge: Purge) => TakeSlice<Tx>> = { pg: purgeOnPostgres, oracledb: purgeOnOracle };

/** Creates the purge of one slice of a history inside the caller's transaction. */
export const createPurgeSlice = (engine: Engine, purge: Purge): TakeSlice<Tx> => forEngine(engine, PURGE_SLICE)(purge);
