import type { PlsqlType } from './syntax-tree';

/** Returns the PostgreSQL type for values of a PL/SQL type. Sizes are checked on assignment. */
export const toSqlType = (type: PlsqlType): string => {
  switch (type.kind) {
    case 'varchar':
      return 'varchar';
    case 'number':
    case 'integer':
      return 'numeric';
    case 'boolean':
      return 'boolean';
    case 'date':
      return 'timestamp(0)';
    case 'clob':
      return 'text';
    case 'timestamp':
      return `timestamp(${Math.min(type.precision, 6)})`;
    case 'raw':
      return 'bytea';
    default:
      return `${toSqlType(type.of)}[]`;
  }
};

/** Converts a value for a variable of the type. Values that are too large raise ORA-06502. */
export const fitTo = (type: PlsqlType, value: string): string => {
  switch (type.kind) {
    case 'varchar':
      return type.length === undefined
        ? `nullif(ora.to_char(${value}), '')`
        : `ora.fit_text(ora.to_char(${value}), ${type.length}, '${type.unit}')`;
    case 'number':
      return type.precision === undefined
        ? `ora.as_number(${value})`
        : `ora.fit_number(ora.as_number(${value}), ${type.precision}, ${type.scale})`;
    case 'integer':
      return `pg_catalog.round(ora.as_number(${value}))`;
    case 'raw':
      return type.length === undefined ? `(${value})::bytea` : `ora.fit_raw((${value})::bytea, ${type.length})`;
    default:
      return `(${value})::${toSqlType(type)}`;
  }
};

/** Returns the type of a column from PostgreSQL's name of it. */
export const typeOfColumn = (format: string): PlsqlType => {
  const characters = /n?varchar2_(\d+)_(char|byte)/.exec(format);
  if (characters !== null)
    return { kind: 'varchar', length: Number(characters[1]), unit: characters[2] as 'char' | 'byte' };
  const number = /^numeric\((\d+),(-?\d+)\)/.exec(format);
  if (number !== null) return { kind: 'number', precision: Number(number[1]), scale: Number(number[2]) };
  if (/^(numeric|bigint|integer|smallint)/.test(format)) return { kind: 'number', precision: undefined, scale: 0 };
  const time = /^timestamp(?:\((\d)\))? without/.exec(format);
  if (time !== null) return { kind: 'timestamp', precision: Number(time[1] ?? 6) };
  if (/\bdate"?$/.test(format)) return { kind: 'date' };
  const raw = /raw_(\d+)/.exec(format);
  if (raw !== null) return { kind: 'raw', length: Number(raw[1]) };
  return { kind: 'clob' };
};
