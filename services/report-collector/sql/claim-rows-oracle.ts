import { deleteClaimed } from '../../../shared/database/oracle/delete-claimed';
import { KEY_COLUMN } from '../../../shared/database/oracle/oracle-columns';
import { inList, padded, paddedLength } from '../../../shared/database/oracle/oracle-lists';
import type { OracleStatements } from '../../../shared/database/oracle/oracle-statements';
import {
  isSingleValueError,
  readAround,
  requireOneRow,
  toReadProblem,
  type UnreadableRow,
} from '../../../shared/database/read-around';
import type { Zone } from '../../../shared/exchange/time-zone';
import { toWallClock } from '../../../shared/exchange/wall-clock';
import type { ExchangeRow } from '../core/exchange-rows';
import type { ClaimRows } from './exchange-tables';
import { type ExchangeTable, isTime } from './exchange-tables';
import { toMs, toText } from './oracle-values';

/**
 * Converts the output of DUMP to hex: `Typ=1 Len=3 CharacterSet=ZHS16GBK: b5,e7,a` → `hex:b5e70a`.
 * DUMP reads values that cannot be read as text.
 */
const toHex = (dump: string): string | null => {
  const bytes = /: ([0-9a-f,]+)$/.exec(dump)?.[1];
  return bytes === undefined
    ? null
    : `hex:${bytes
        .split(',')
        .map((byte) => byte.padStart(2, '0'))
        .join('')}`;
};

/** Returns how each column is read, and the fields that the province does not have. */
const toColumns = <Row extends ExchangeRow>(name: string, fields: ExchangeTable<Row>['fields']) => {
  // Computed once, because per value it would cost.
  const columns = Object.entries<string | null>(fields).flatMap(([field, column], index) =>
    column === null
      ? []
      : [{ field, column, found: `f${index}`, toField: isTime(field) ? toMs(name, column) : toText(name, column) }],
  );
  const without = Object.fromEntries(
    Object.entries(fields).flatMap(([field, column]) => (column === null ? [[field, null]] : [])),
  );
  return { columns, without };
};

/** Reads a row value by value. Takes the bytes of each value that cannot be read. */
const readBytes = async <Row extends ExchangeRow>(
  { execute }: OracleStatements,
  { name, seqId, fields }: ExchangeTable<Row>,
  wallClock: ReturnType<typeof toWallClock>,
  unreadable: UnreadableRow,
): Promise<Row> => {
  const { columns, without } = toColumns(name, fields);
  const row: Record<string, unknown> = { id: unreadable.id, ...without };
  const failed: string[] = [];
  const read = async (value: string): Promise<unknown> => {
    const { rows } = await execute<{ f: unknown }>(
      `SELECT ${value} AS F FROM ${name} T WHERE T.${seqId} = :1`,
      [unreadable.id],
      { wallClock },
    );
    return rows[0]?.f;
  };
  for (const { field, column, toField } of columns) {
    try {
      row[field] = toField(await read(`T.${column}`));
    } catch (error) {
      if (!isSingleValueError(error)) throw error;
      failed.push(column);
      row[field] = toHex(String(await read(`DUMP(T.${column}, 1016, 1, 1200)`).catch(() => '')));
    }
  }
  return { ...row, unreadable: toReadProblem(failed, unreadable) } as unknown as Row;
};

/**
 * Claims on Oracle: locks, then deletes. SKIP LOCKED locks each row when it is fetched, so the
 * fetch takes exactly `limit` rows. The hint reads in the order of the key's index; without it,
 * each batch sorts the whole backlog.
 */
export const claimOnOracle = <Row extends ExchangeRow>(table: ExchangeTable<Row>, zone: Zone): ClaimRows<Row> => {
  const { name, seqId, fields } = table;
  const { columns, without } = toColumns(name, fields);
  const wallClock = toWallClock(zone);
  const list = [
    `T.${seqId} AS ID`,
    ...columns.map(({ column, found }) => `T.${column} AS ${found.toUpperCase()}`),
  ].join(', ');
  const lock = `ORDER BY T.${seqId} FOR UPDATE SKIP LOCKED`;
  // A row without a number cannot be deleted by number and must not hold up the others. If the
  // column may be NULL, the index does not contain that row either.
  const from = `FROM ${name} T WHERE T.${seqId} IS NOT NULL ${lock}`;
  const next = `SELECT /*+ FIRST_ROWS(100) INDEX(T (${seqId})) */ ${list} ${from}`;
  const nextKeys = `SELECT /*+ FIRST_ROWS(100) INDEX(T (${seqId})) */ T.${seqId} AS ID ${from}`;
  const claimByIdSql = (length: number): string =>
    `SELECT ${list} FROM ${name} T WHERE ${inList(`T.${seqId}`, length)} ${lock}`;
  const deleteClaimedSql = { text: `DELETE FROM ${name} WHERE ${seqId} = :1`, key: [KEY_COLUMN] };

  const toRow = (values: Readonly<Record<string, unknown>>): Row => {
    const row: Record<string, unknown> = { id: String(values.id), ...without };
    for (const { field, found, toField } of columns) row[field] = toField(values[found]);
    return row as Row;
  };

  const readThese = async (oracle: OracleStatements, ids: readonly string[]): Promise<readonly Row[]> => {
    const read = await readAround(ids, async (chunk) => {
      const { rows } = await oracle.execute(claimByIdSql(paddedLength(chunk.length)), padded(chunk), {
        maxRows: chunk.length,
        wallClock,
      });
      return rows.map(toRow);
    });
    requireOneRow(name, read);
    const rows = [...read.rows];
    for (const unreadable of read.unreadable) rows.push(await readBytes(oracle, table, wallClock, unreadable));
    return rows;
  };

  const readNext = async (oracle: OracleStatements, limit: number, careful: boolean): Promise<readonly Row[]> => {
    if (!careful) return (await oracle.execute(next, [], { maxRows: limit, wallClock })).rows.map(toRow);
    const { rows } = await oracle.execute<{ id: unknown }>(nextKeys, [], { maxRows: limit });
    return readThese(
      oracle,
      rows.map(({ id }) => String(id)),
    );
  };

  return async ({ oracle }, selection) => {
    const rows =
      'limit' in selection
        ? await readNext(oracle, selection.limit, selection.careful === true)
        : await readThese(oracle, selection.ids);
    return deleteClaimed(oracle, deleteClaimedSql, rows, ({ id }) => [id]);
  };
};
