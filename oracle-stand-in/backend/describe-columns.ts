import type { Pool } from 'pg';
import { swapCase } from '../sql/names';
import { ORACLE_TYPE, type OracleColumn } from '../wire/oracle-types';
import type { RawField } from './raw-result';

type Attribute = {
  readonly relname: string;
  readonly attname: string;
  readonly typname: string;
  readonly atttypmod: number;
  readonly attnotnull: boolean;
};

/** The types with which tables were created, for describing results; read once per table. */
export type ColumnCatalog = {
  readonly describe: (fields: readonly RawField[]) => Promise<OracleColumn[]>;
  readonly forget: () => void;
};

const T = ORACLE_TYPE;
const UNKNOWN_SCALE = -127;
const MAX_BYTES = 4000;

const numericShape = (modifier: number) => {
  if (modifier < 0) return { precision: 0, scale: UNKNOWN_SCALE };
  const bits = modifier - 4;
  const scale = bits & 0x7ff;
  return { precision: (bits >> 16) & 0xffff, scale: scale > 1023 ? scale - 2048 : scale };
};

/** Describes an expression, or a column not created by Oracle DDL, by PostgreSQL's type. */
const byPostgresType = (field: RawField): Omit<OracleColumn, 'name'> => {
  switch (field.dataTypeID) {
    case 1700:
      return { type: T.number, maxSize: 22, ...numericShape(field.dataTypeModifier) };
    case 20:
      return {
        type: T.number,
        maxSize: 22,
        precision: field.tableID > 0 ? 19 : 0,
        scale: field.tableID > 0 ? 0 : UNKNOWN_SCALE,
      };
    case 21:
    case 23:
      return { type: T.number, maxSize: 22, precision: 0, scale: UNKNOWN_SCALE };
    case 700:
    case 701:
      return { type: T.binaryDouble, maxSize: 8 };
    case 1114:
      return field.dataTypeModifier === 0
        ? { type: T.date, maxSize: 7 }
        : { type: T.timestamp, maxSize: 11, scale: field.dataTypeModifier > 0 ? field.dataTypeModifier : 6 };
    case 1184:
      return { type: T.timestampTz, maxSize: 13, scale: field.dataTypeModifier > 0 ? field.dataTypeModifier : 6 };
    case 1186:
      return { type: T.intervalDs, maxSize: 11, precision: 9, scale: 9 };
    case 17:
      return { type: T.raw, maxSize: 2000 };
    case 27:
      return { type: T.rowid, maxSize: 18 };
    default:
      return { type: T.varchar, maxSize: MAX_BYTES };
  }
};

/** Describes by the name of a column's type, which preserves the Oracle type. */
const byTypeName = (typname: string): Omit<OracleColumn, 'name'> | undefined => {
  if (typname === 'clob') return { type: T.clob, maxSize: MAX_BYTES };
  if (typname === 'nclob') return { type: T.clob, maxSize: MAX_BYTES, national: true };
  if (typname === 'blob') return { type: T.blob, maxSize: MAX_BYTES };
  if (typname === 'date') return { type: T.date, maxSize: 7 };
  const [, national, kind, length = '0', unit] = /^(n)?(varchar2|char|raw)_(\d+)(?:_(char|byte))?$/.exec(typname) ?? [];
  if (kind === undefined) return undefined;
  // Two bytes of UTF-16 for each unit of the length.
  if (national !== undefined)
    return {
      type: kind === 'char' ? T.char : T.varchar,
      maxSize: Math.min(Number(length) * 2, MAX_BYTES),
      national: true,
    };
  const bytes = Math.min(Number(length) * (unit === 'char' ? 4 : 1), MAX_BYTES);
  return { type: kind === 'raw' ? T.raw : kind === 'char' ? T.char : T.varchar, maxSize: bytes };
};

export const createColumnCatalog = (reader: Pool): ColumnCatalog => {
  const tables = new Map<number, ReadonlyMap<number, Attribute>>();
  const load = async (ids: readonly number[]): Promise<void> => {
    const { rows } = await reader.query(
      `SELECT a.attrelid::int8 AS id, a.attnum, c.relname, a.attname, t.typname, a.atttypmod, a.attnotnull FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = ANY($1::int8[]::oid[]) AND a.attnum > 0`,
      [ids],
    );
    for (const id of ids) {
      tables.set(
        id,
        new Map(rows.filter((row) => Number(row.id) === id).map((row) => [row.attnum as number, row as Attribute])),
      );
    }
  };
  return {
    describe: async (fields) => {
      const missing = [...new Set(fields.map(({ tableID }) => tableID))].filter((id) => id > 0 && !tables.has(id));
      if (missing.length > 0) await load(missing);
      return fields.map((field) => {
        const attribute = tables.get(field.tableID)?.get(field.columnID);
        const shape = byTypeName(attribute?.typname ?? '') ?? byPostgresType(field);
        const name = field.name === 'ctid' ? 'ROWID' : swapCase(field.name);
        const origin = attribute && { origin: `${swapCase(attribute.relname)}.${swapCase(attribute.attname)}` };
        return { name, ...shape, ...origin, nullable: !(attribute?.attnotnull ?? false) };
      });
    },
    forget: () => tables.clear(),
  };
};
