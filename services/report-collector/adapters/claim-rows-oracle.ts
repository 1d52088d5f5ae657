import { deleteClaimed } from '../../shared/database/delete-claimed';
import { KEY_COLUMN } from '../../shared/database/oracle-columns';
import { inList, padded, paddedLength } from '../../shared/database/oracle-lists';
import { BridgeError } from '../../shared/errors';
import type { Zone } from '../../shared/exchange/time-zone';
import { toWallClock } from '../../shared/exchange/wall-clock';
import type { ExchangeRow } from '../core/exchange-rows';
import type { ClaimRows } from './claim-rows';
import { type ExchangeTable, isTime } from './exchange-tables';

/** A column of whatever type as text; Oracle's own conversions would go by the session's NLS settings. */
const toText = (value: unknown): string | null => {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  return Buffer.isBuffer(value) ? value.toString('hex') : String(value);
};

/** @throws BridgeError DB_SCHEMA when the column holds something else than times */
const toMs = (value: unknown, column: string): number | null => {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.getTime();
  throw new BridgeError(
    'DB_SCHEMA',
    `${column} must be a DATE or a TIMESTAMP: a time as text is not read. Name another column in EXCHANGE_FILE, or null for none`,
  );
};

/**
 * Oracle's claim: locks, then deletes. SKIP LOCKED locks a row when it is fetched, so exactly as many are fetched as are wanted. The hint is for the order:
 * along the key's index, instead of sorting the whole backlog for every batch.
 */
export const claimOnOracle = <Row extends ExchangeRow>(
  { name, seqId, fields }: ExchangeTable<Row>,
  zone: Zone,
): ClaimRows<Row> => {
  // looked at once here, and not for every value
  const columns = Object.entries<string | null>(fields).flatMap(([field, column], at) =>
    column === null ? [] : [{ field, column, found: `f${at}`, isTime: isTime(field) }],
  );
  const without = Object.fromEntries(
    Object.entries(fields).flatMap(([field, column]) => (column === null ? [[field, null]] : [])),
  );
  const wallClock = toWallClock(zone);
  const list = [
    `T.${seqId} AS ID`,
    ...columns.map(({ column, found }) => `T.${column} AS ${found.toUpperCase()}`),
  ].join(', ');
  const lock = `ORDER BY T.${seqId} FOR UPDATE SKIP LOCKED`;
  // a row without a number cannot be deleted by it, and must not hold up the others; its index has it not either, where the column may be NULL
  const next = `SELECT /*+ FIRST_ROWS(100) INDEX(T (${seqId})) */ ${list} FROM ${name} T WHERE T.${seqId} IS NOT NULL ${lock}`;
  const these = (length: number): string =>
    `SELECT ${list} FROM ${name} T WHERE ${inList(`T.${seqId}`, length)} ${lock}`;
  const gone = { text: `DELETE FROM ${name} WHERE ${seqId} = :1`, key: [KEY_COLUMN] };

  const toRow = (values: Readonly<Record<string, unknown>>): Row => {
    const row: Record<string, unknown> = { id: String(values.id), ...without };
    for (const { field, column, found, isTime: time } of columns)
      row[field] = time ? toMs(values[found], column) : toText(values[found]);
    return row as Row;
  };
  return async ({ oracle }, selection) => {
    const { rows } =
      'limit' in selection
        ? await oracle.execute(next, [], { maxRows: selection.limit, wallClock })
        : await oracle.execute(these(paddedLength(selection.ids.length)), padded(selection.ids), {
            maxRows: selection.ids.length,
            wallClock,
          });
    return deleteClaimed(oracle, gone, rows.map(toRow), ({ id }) => [id]);
  };
};
