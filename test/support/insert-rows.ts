import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import type { OracleColumn } from '../../shared/database/oracle/oracle-binds';

/** A row by its columns. */
export type Row = Readonly<Record<string, unknown>>;

type Insert = (db: Database, table: string, columns: readonly string[], rows: readonly Row[]) => Promise<void>;

/** The most values of one statement on PostgreSQL. */
const MOST_VALUES = 65_535;

const toColumn = (values: readonly unknown[]): OracleColumn => {
  const value = values.find((one) => one !== null && one !== undefined);
  if (value instanceof Date) return { type: 'time' };
  return typeof value === 'number' || typeof value === 'boolean'
    ? { type: 'number' }
    : { type: 'text', maxBytes: 4000 };
};

const toValue = (value: unknown): string | number | Date | null =>
  typeof value === 'boolean' ? Number(value) : ((value ?? null) as string | number | Date | null);

const INSERT: PerEngine<Insert> = {
  pg: async ({ query }, table, columns, rows) => {
    const values = rows.flatMap((row) => columns.map((column) => row[column]));
    const texts = rows.map((_, at) => `(${columns.map((_column, i) => `$${at * columns.length + i + 1}`).join(', ')})`);
    await query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${texts.join(', ')}`, values);
  },
  oracledb: async ({ oracle }, table, columns, rows) => {
    await oracle.executeMany(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((_, i) => `:${i + 1}`).join(', ')})`,
      rows.map((row) => columns.map((column) => toValue(row[column]))),
      columns.map((column) => toColumn(rows.map((row) => row[column]))),
    );
  },
};

/** A message inserted without a MSG_ID gets its messageId as MSG_ID. */
const MESSAGES: ReadonlySet<string> = new Set(['sm_send_t', 'sm_send_t_log']);

/**
 * Inserts rows in order, with as few statements as possible. Rows may have different columns; a
 * column that all of them lack gets its default.
 */
export const insertRows = async (db: Database, table: string, given: readonly Row[]): Promise<void> => {
  const own = MESSAGES.has(table) && given.every(({ app_id }) => app_id !== undefined);
  const rows = own ? given.map((row) => ({ msg_id: row.message_id, ...row })) : given;
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const atOnce = Math.floor(MOST_VALUES / Math.max(columns.length, 1));
  for (let at = 0; at < rows.length; at += atOnce)
    await forEngine(db.engine, INSERT)(db, table, columns, rows.slice(at, at + atOnce));
};
