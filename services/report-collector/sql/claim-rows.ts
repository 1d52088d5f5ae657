import { type Database, forEngine, type PerEngine, type Query } from '../../../shared/database/database';
import { readAround, requireOneRow, toReadProblem } from '../../../shared/database/read-around';
import { BridgeError } from '../../../shared/errors';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { toZone, type Zone } from '../../../shared/exchange/time-zone';
import { epochMsOf } from '../../../shared/exchange/wall-clock';
import type { ExchangeRow, RecvRow, ReportRow, RespRow } from '../core/exchange-rows';
import { claimOnOracle } from './claim-rows-oracle';
import { type ClaimRows, type ExchangeTable, exchangeTables, isTime } from './exchange-tables';

export type ExchangeClaims = {
  readonly resp: ClaimRows<RespRow>;
  readonly report: ClaimRows<ReportRow>;
  readonly recv: ClaimRows<RecvRow>;
};

/** Casts a column of any type to the type of the row's field: text, or epoch ms. */
const toField = ([field, column]: readonly [string, string | null], zone: Zone): string => {
  if (column === null) return `NULL${isTime(field) ? '::float8' : '::text'} AS "${field}"`;
  return `${isTime(field) ? `floor(${epochMsOf(column, zone)})::float8` : `${column}::text`} AS "${field}"`;
};

/** PostgreSQL reports a missing function if a column of texts is read as a time. */
const isNoTime = (error: unknown): boolean =>
  error instanceof BridgeError && error.code === 'DB_SCHEMA' && /(extract|timezone)\(/.test(error.message);

const notTimes = (table: string, fields: Readonly<Record<string, string | null>>): BridgeError => {
  const times = Object.entries(fields).flatMap(([field, column]) => (isTime(field) && column !== null ? [column] : []));
  return new BridgeError(
    'DB_SCHEMA',
    `${times.join(', ')} of ${table} must be of a type of time: a time as text is not read. Name another column in EXCHANGE_FILE, or null for none`,
  );
};

/**
 * Claims certain rows, around those that cannot be read. Each try follows a savepoint, because a
 * failed statement spoils its transaction. Only a computed column of a view can fail like this:
 * PostgreSQL always has a text for a table's own column.
 */
const claimCarefully = async <Row extends ExchangeRow>(
  query: Query,
  ids: readonly string[],
  { name, seqId, claimByIdSql }: { readonly name: string; readonly seqId: string; readonly claimByIdSql: string },
): Promise<readonly Row[]> => {
  const read = await readAround(ids, async (chunk) => {
    await query('SAVEPOINT around');
    try {
      return (await query<Row>(claimByIdSql, [chunk])).rows;
    } catch (error) {
      await query('ROLLBACK TO SAVEPOINT around');
      throw error;
    }
  });
  requireOneRow(name, read);
  if (read.unreadable.length > 0)
    await query(`DELETE FROM ${name} WHERE ${seqId} = ANY($1)`, [read.unreadable.map(({ id }) => id)]);
  return [
    ...read.rows,
    ...read.unreadable.map((row) => ({ id: row.id, unreadable: toReadProblem([], row) }) as unknown as Row),
  ];
};

const claimOnPostgres = <Row extends ExchangeRow>(
  { name, seqId, fields }: ExchangeTable<Row>,
  zone: Zone,
): ClaimRows<Row> => {
  // A second transaction skips the rows that the first one holds. Never claim by "greater than the
  // last number seen": rows do not commit in the order of their numbers.
  const claimSql = (condition: string): string => `
WITH gone AS (
  DELETE FROM ${name} WHERE ${seqId} = ANY(ARRAY(
    SELECT ${seqId} FROM ${name} ${condition} FOR UPDATE SKIP LOCKED))
  RETURNING ${seqId} AS seq, ${Object.entries<string | null>(fields)
    .map((field) => toField(field, zone))
    .join(', ')})
SELECT seq::text AS id, ${Object.keys(fields)
    .map((field) => `"${field}"`)
    .join(', ')} FROM gone ORDER BY seq`;
  const next = claimSql(`ORDER BY ${seqId} LIMIT $1`);
  const claimByIdSql = claimSql(`WHERE ${seqId} = ANY($1) ORDER BY ${seqId}`);
  // Not prepared: a plan from the time of an empty table would be kept, and would sort the whole
  // backlog for each batch.
  const keys = `SELECT ${seqId}::text AS id FROM ${name} ORDER BY ${seqId} LIMIT $1 FOR UPDATE SKIP LOCKED`;
  return async ({ query }, selection) => {
    const named = (error: unknown): never => {
      throw isNoTime(error) ? notTimes(name, fields) : error;
    };
    if ('limit' in selection && selection.careful !== true)
      return (await query<Row>(next, [selection.limit]).catch(named)).rows;
    const ids =
      'ids' in selection
        ? selection.ids
        : (await query<{ id: string }>(keys, [selection.limit])).rows.map(({ id }) => id);
    return claimCarefully<Row>(query, ids, { name, seqId, claimByIdSql }).catch(named);
  };
};

const CLAIM: PerEngine<<Row extends ExchangeRow>(table: ExchangeTable<Row>, zone: Zone) => ClaimRows<Row>> = {
  pg: claimOnPostgres,
  oracledb: claimOnOracle,
};

/** Creates the claims of the three exchange tables, by the configured names. */
export const createExchangeClaims = (
  { engine }: Pick<Database, 'engine'>,
  mapping: ExchangeMapping,
): ExchangeClaims => {
  const claim = forEngine(engine, CLAIM);
  const { resp, report, recv } = exchangeTables(mapping);
  const zone = toZone(mapping.timeZone);
  return { resp: claim(resp, zone), report: claim(report, zone), recv: claim(recv, zone) };
};
