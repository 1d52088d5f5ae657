import type { CatalogColumn } from '../faults/column-problems';
import { type Database, forEngine, type PerEngine } from './database';

type Statements = Pick<Database, 'engine' | 'query' | 'oracle'>;

/**
 * Loads the columns of a table as this account sees them; empty when it sees no table.
 * @throws BridgeError DB_…
 */
export type LoadColumns = (db: Statements, table: string) => Promise<readonly CatalogColumn[]>;

const kindOf = (type: string): CatalogColumn['kind'] => {
  if (/^(timestamp|date)/i.test(type)) return 'time';
  if (/^(n?varchar|n?char|character|text|bpchar|n?clob|citext)/i.test(type)) return 'text';
  if (/^(number|numeric|decimal|smallint|integer|bigint|int\d?|float|double|real|binary_)/i.test(type)) return 'number';
  return 'other';
};

const ON_POSTGRES: LoadColumns = async ({ query }, table) => {
  const { rows } = await query<{
    name: string;
    base: string;
    type: string;
    length: number | null;
    nullable: boolean;
    filled: boolean;
  }>(
    `SELECT a.attname AS name, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL) AS base, format_type(a.atttypid, a.atttypmod) AS type,
            CASE WHEN a.atttypmod > 4 AND t.typname IN ('varchar', 'bpchar') THEN a.atttypmod - 4 END AS length,
            NOT a.attnotnull AS nullable, a.atthasdef OR a.attidentity <> '' AS filled
       FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
      WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [table],
  );
  return rows.map((row) => ({
    name: row.name,
    kind: kindOf(row.base),
    type: row.type,
    characters: row.length ?? undefined,
    nullable: row.nullable,
    filled: row.filled,
  }));
};

type OracleRow = {
  readonly owner: string;
  readonly column_name: string;
  readonly data_type: string;
  readonly char_length: string | null;
  readonly char_used: string | null;
  readonly nullable: string;
  readonly default_length: string | null;
  readonly identity_column: string | null;
};

/** Resolves a name as the session does: own table, then own synonym, then public one. */
const COLUMNS = `SELECT C.OWNER, C.COLUMN_NAME, C.DATA_TYPE, C.CHAR_LENGTH, C.CHAR_USED, C.NULLABLE, C.DEFAULT_LENGTH, C.IDENTITY_COLUMN
  FROM ALL_TAB_COLUMNS C
 WHERE C.OWNER = :1 AND C.TABLE_NAME = :2 ORDER BY C.COLUMN_ID`;

const TARGET = `SELECT TABLE_OWNER, TABLE_NAME FROM ALL_SYNONYMS
 WHERE SYNONYM_NAME = :1 AND OWNER IN (SYS_CONTEXT('USERENV', 'SESSION_USER'), 'PUBLIC') ORDER BY CASE OWNER WHEN 'PUBLIC' THEN 1 ELSE 0 END`;

const SELF = `SELECT SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') AS ACCOUNT FROM DUAL`;

const ON_ORACLE: LoadColumns = async ({ oracle }, table) => {
  const [name = '', schema] = table.toUpperCase().split('.').reverse();
  const [self] = (await oracle.execute<{ account: string }>(SELF)).rows;
  const columnsOf = async (owner: string, relation: string) =>
    (await oracle.execute<OracleRow>(COLUMNS, [owner, relation])).rows;
  let rows = await columnsOf(schema ?? self?.account ?? '', name);
  if (rows.length === 0 && schema === undefined) {
    const [target] = (await oracle.execute<{ table_owner: string; table_name: string }>(TARGET, [name])).rows;
    if (target !== undefined) rows = await columnsOf(target.table_owner, target.table_name);
  }
  return rows.map((row): CatalogColumn => {
    const characters = Number(row.char_length ?? 0);
    const kind = kindOf(row.data_type);
    const unit = row.char_used === 'B' ? ' BYTE' : row.char_used === 'C' ? ' CHAR' : '';
    return {
      name: row.column_name,
      kind,
      type: characters > 0 ? `${row.data_type}(${characters}${unit})` : row.data_type,
      characters: kind === 'text' && characters > 0 ? characters : undefined,
      nullable: row.nullable !== 'N',
      filled: Number(row.default_length ?? 0) > 0 || row.identity_column === 'YES',
    };
  });
};

const LOAD: PerEngine<LoadColumns> = { pg: ON_POSTGRES, oracledb: ON_ORACLE };

export const loadColumns: LoadColumns = (db, table) => forEngine(db.engine, LOAD)(db, table);
