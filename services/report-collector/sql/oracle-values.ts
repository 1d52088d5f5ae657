import { BridgeError } from '../../../shared/errors';

const wrongType = (table: string, column: string, wanted: string): BridgeError =>
  new BridgeError(
    'DB_SCHEMA',
    `${table}.${column} has a type that cannot be read here: make it ${wanted}, or name another column in EXCHANGE_FILE`,
  );

/**
 * Returns a function that reads a column of any type as text. Oracle's own conversions would depend
 * on the session's NLS settings.
 * @throws BridgeError DB_SCHEMA for values without a text: BLOB, JSON, intervals, objects
 */
export const toText =
  (table: string, column: string) =>
  (value: unknown): string | null => {
    if (value === null || value === undefined) return null;
    if (typeof value === 'string') return value;
    if (['number', 'bigint', 'boolean'].includes(typeof value)) return String(value);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
    if (Buffer.isBuffer(value)) return value.toString('hex');
    throw wrongType(table, column, 'VARCHAR2, NVARCHAR2, CLOB, NCLOB or NUMBER');
  };

/**
 * Returns a function that reads a column of times, in epoch ms.
 * @throws BridgeError DB_SCHEMA if the column holds other values
 */
export const toMs =
  (table: string, column: string) =>
  (value: unknown): number | null => {
    if (value === null || value === undefined) return null;
    if (value instanceof Date) return value.getTime();
    throw wrongType(table, column, 'DATE or TIMESTAMP');
  };
