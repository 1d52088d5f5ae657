import { BridgeError } from '../../../shared/errors';

const wrongType = (table: string, column: string, wanted: string): BridgeError =>
  new BridgeError(
    'DB_SCHEMA',
    `${table}.${column} has a type that cannot be read here: make it ${wanted}, or name another column in EXCHANGE_FILE`,
  );

/**
 * Reads a column of whatever type as text; Oracle's own conversions would go by the session's NLS settings.
 * @throws BridgeError DB_SCHEMA for values that have no text: BLOB, JSON, intervals, objects
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

/** Reads a column of times, in epoch ms. @throws BridgeError DB_SCHEMA when the column holds something else */
export const toMs =
  (table: string, column: string) =>
  (value: unknown): number | null => {
    if (value === null || value === undefined) return null;
    if (value instanceof Date) return value.getTime();
    throw wrongType(table, column, 'DATE or TIMESTAMP');
  };
