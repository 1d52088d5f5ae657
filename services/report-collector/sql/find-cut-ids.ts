import { type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';

/** The MSG_IDs in ledger and history that begin like one of these, as far as two of each: more are no use to anybody. */
export type FindCutIds = (tx: Tx, beginnings: readonly string[]) => Promise<readonly string[]>;

/** Behind every digit and letter. */
const BEHIND = '~';

const findIn = (table: string): string => `
SELECT c.msg_id FROM unnest($1::text[]) AS b (beginning), LATERAL (
  SELECT msg_id FROM ${table} WHERE msg_id >= b.beginning AND msg_id < b.beginning || '${BEHIND}' LIMIT 2) AS c`;

const ON_POSTGRES = `${findIn('sm_send_t')}\nUNION${findIn('sm_send_t_log')}`;

const findOnPostgres: FindCutIds = async ({ query }, beginnings) => {
  const { rows } = await query<{ msg_id: string }>(ON_POSTGRES, [beginnings]);
  return rows.map(({ msg_id }) => msg_id);
};

/** So many beginnings go into one statement, whose text is the same each time. */
const AT_ONCE = 16;

const ON_ORACLE = Array.from({ length: AT_ONCE }, (_, at) =>
  ['SM_SEND_T', 'SM_SEND_T_LOG'].map(
    (table) => `SELECT MSG_ID FROM ${table} WHERE MSG_ID >= :a${at} AND MSG_ID < :b${at} AND ROWNUM <= 2`,
  ),
)
  .flat()
  .join('\nUNION\n');

const findOnOracle: FindCutIds = async ({ oracle }, beginnings) => {
  const found: string[] = [];
  for (let from = 0; from < beginnings.length; from += AT_ONCE) {
    const some = beginnings.slice(from, from + AT_ONCE);
    const of = (at: number): string => some[Math.min(at, some.length - 1)] as string;
    const binds = Object.fromEntries(
      Array.from({ length: AT_ONCE }, (_, at) => [
        [`a${at}`, of(at)],
        [`b${at}`, `${of(at)}${BEHIND}`],
      ]).flat(),
    );
    const { rows } = await oracle.execute<{ msg_id: string }>(ON_ORACLE, binds, { maxRows: AT_ONCE * 4 });
    found.push(...rows.map(({ msg_id }) => msg_id));
  }
  return found;
};

const FIND: PerEngine<FindCutIds> = { pg: findOnPostgres, oracledb: findOnOracle };

export const createFindCutIds = (engine: Engine): FindCutIds => forEngine(engine, FIND);
