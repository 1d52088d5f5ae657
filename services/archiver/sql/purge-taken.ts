import { type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import { KEY_COLUMN } from '../../../shared/database/oracle/oracle-columns';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { takenRows } from '../../../shared/exchange/send-columns';
import { toZone } from '../../../shared/exchange/time-zone';
import { epochMsOf } from '../../../shared/exchange/wall-clock';
import type { TakeSlice } from '../archive-batch';

const HOUR_MS = 3_600_000;

/** The exchange file's settings for taken rows. */
type Purge = {
  readonly table: string;
  readonly seqId: string;
  readonly createTime: string;
  /** SQL: the condition of rows that the province has taken */
  readonly taken: string;
  readonly keptMs: number;
  readonly timeZone: string;
};

const toPurge = ({ tables, columns: { send }, send: { taken }, timeZone }: ExchangeMapping): Purge | undefined => {
  if (taken?.purgeAfterHours === undefined || send.createTime === null) return undefined;
  const { seqId, createTime } = send;
  const keptMs = taken.purgeAfterHours * HOUR_MS;
  return { table: tables.send, seqId, createTime, taken: takenRows(taken), keptMs, timeZone };
};

const purgeOnPostgres = ({ table, seqId, createTime, taken, keptMs, timeZone }: Purge): TakeSlice<Tx> => {
  const statement = `
DELETE FROM ${table} WHERE ${seqId} = ANY(ARRAY(
  SELECT ${seqId} FROM ${table} WHERE ${taken} AND ${epochMsOf(createTime, toZone(timeZone))} < $1::float8
   ORDER BY ${seqId} LIMIT $2 FOR UPDATE SKIP LOCKED))`;
  return async ({ query }, plan, from) => {
    const { rowCount } = await query(statement, [plan.now - keptMs, plan.sliceRows]);
    return { taken: rowCount, counts: { purgedTaken: rowCount }, upTo: from };
  };
};

const purgeOnOracle = ({ table, seqId, createTime, taken, keptMs, timeZone }: Purge): TakeSlice<Tx> => {
  const zone = toZone(timeZone);
  const claim = `SELECT T.${seqId} AS ID FROM ${table} T WHERE ${taken} AND ${createTime} < :1 ORDER BY T.${seqId} FOR UPDATE SKIP LOCKED`;
  const remove = `DELETE FROM ${table} WHERE ${seqId} = :1 AND ${taken}`;
  return async ({ oracle }, plan, from) => {
    const before = new Date(zone.toWall(plan.now - keptMs));
    const { rows } = await oracle.execute<{ id: string | number }>(claim, [before], { maxRows: plan.sliceRows });
    const { rowCount } = await oracle.executeMany(
      remove,
      rows.map(({ id }) => [String(id)]),
      [KEY_COLUMN],
    );
    return { taken: rowCount, claimed: rows.length, counts: { purgedTaken: rowCount }, upTo: from };
  };
};

const PURGE: PerEngine<(purge: Purge) => TakeSlice<Tx>> = { pg: purgeOnPostgres, oracledb: purgeOnOracle };

const NOTHING: TakeSlice<Tx> = async (_tx, _plan, from) => ({ taken: 0, counts: {}, upTo: from });

/**
 * Creates the purge of one slice of rows that the province has taken and left in its table. Does
 * nothing unless the exchange file requests it.
 */
export const createPurgeTaken = (engine: Engine, mapping: ExchangeMapping): TakeSlice<Tx> => {
  const purge = toPurge(mapping);
  return purge === undefined ? NOTHING : forEngine(engine, PURGE)(purge);
};
