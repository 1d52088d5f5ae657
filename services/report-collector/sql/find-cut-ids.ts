import { type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';

/**
 * Returns the MSG_IDs in ledger and history that begin with one of these texts, at most two for
 * each text and table: with two, the cut id is ambiguous.
 */
export type FindCutIds = (tx: Tx, beginnings: readonly string[]) => Promise<readonly string[]>;

/** Sorts after every digit and letter. */
const AFTER_ALL = '~';

const findIn = (table: string): string => `
SELECT c.msg_id FROM unnest($1::text[]) AS b (beginning), LATERAL (
  SELECT msg_id FROM ${table} WHERE msg_id >= b.beginning AND msg_id < b.beginning || '${AFTER_ALL}' LIMIT 2) AS c`;

const ON_POSTGRES = `${findIn('sm_send_t')}\nUNION${findIn('sm_send_t_log')}`;

const findOnPostgres: FindCutIds = async ({ query }, beginnings) => {
  const { rows } = await query<{ msg_id: string }>(ON_POSTGRES, [beginnings]);
  return rows.map(({ msg_id }) => msg_id);
};

/**
 * Beginnings in one statement. The count is fixed, so that the text of the statement stays the
 * same.
 */
const AT_ONCE = 16;

const ON_ORACLE = Array.from({ length: AT_ONCE }, (_, index) =>
  ['SM_SEND_T', 'SM_SEND_T_LOG'].map(
    (table) => `SELECT MSG_ID FROM ${table} WHERE MSG_ID >= :a${index} AND MSG_ID < :b${index} AND ROWNUM <= 2`,
  ),
)
  .flat()
  .join('\nUNION\n');

const findOnOracle: FindCutIds = async ({ oracle }, beginnings) => {
  const found: string[] = [];
  for (let from = 0; from < beginnings.length; from += AT_ONCE) {
    const chunk = beginnings.slice(from, from + AT_ONCE);
    const beginning = (index: number): string => chunk[Math.min(index, chunk.length - 1)] as string;
    const binds = Object.fromEntries(
      Array.from({ length: AT_ONCE }, (_, index) => [
        [`a${index}`, beginning(index)],
        [`b${index}`, `${beginning(index)}${AFTER_ALL}`],
      ]).flat(),
    );
    const { rows } = await oracle.execute<{ msg_id: string }>(ON_ORACLE, binds, { maxRows: AT_ONCE * 4 });
    found.push(...rows.map(({ msg_id }) => msg_id));
  }
  return found;
};

const FIND: PerEngine<FindCutIds> = { pg: findOnPostgres, oracledb: findOnOracle };

export const createFindCutIds = (engine: Engine): FindCutIds => forEngine(engine, FIND);
