import { qualifiedNameAt, swapCase } from '../sql/names';
import { OracleError } from '../sql/oracle-error';
import { isWord, type Token } from '../sql/tokens';
import { type DdlCall, relation } from './ddl-steps';
import type { ServerWorld } from './server-world';

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * Returns a statement that raises an error when earlier statements of the same transaction fulfil
 * the condition.
 */
const refuseIf = (condition: string, number: number, message: string): string =>
  `DO $check$ BEGIN IF EXISTS (${condition}) THEN PERFORM ora.raise_error(${number}, ${literal(message)}); END IF; END $check$`;

/**
 * Refuses indexes that PostgreSQL allows and Oracle does not: a column list that is already
 * indexed, LOBs, keys larger than a block of 8 KB permits.
 */
export const indexChecks = (owner: string, index: string): string[] => {
  const id = `${literal(relation(owner, index))}::regclass`;
  const columns = `FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) JOIN pg_type t ON t.oid = a.atttypid WHERE i.indexrelid = ${id}`;
  const bytes = `CASE WHEN t.typname ~ '_char$' THEN least(4 * substring(t.typname from '_(\\d+)_')::int, 4000)
      WHEN t.typname ~ '_byte$' THEN substring(t.typname from '_(\\d+)_')::int WHEN t.typname ~ '^raw_' THEN substring(t.typname from '\\d+')::int ELSE 22 END`;
  return [
    refuseIf(
      `SELECT 1 FROM pg_index mine JOIN pg_index other ON other.indrelid = mine.indrelid AND other.indexrelid <> mine.indexrelid
         AND other.indkey = mine.indkey AND other.indoption = mine.indoption
         AND pg_get_expr(other.indexprs, other.indrelid) IS NOT DISTINCT FROM pg_get_expr(mine.indexprs, mine.indrelid) WHERE mine.indexrelid = ${id}`,
      1408,
      'such column list already indexed',
    ),
    refuseIf(
      `SELECT 1 ${columns} AND t.typname IN ('clob', 'nclob', 'blob')`,
      2327,
      'cannot create index on expression with datatype LOB',
    ),
    refuseIf(`SELECT 1 ${columns} HAVING sum(${bytes}) > 6398`, 1450, 'maximum key length (6398) exceeded'),
  ];
};

/**
 * Refuses a constraint name that another table of the same owner uses: in Oracle it is unique per
 * owner, not per table.
 */
export const constraintChecks = (table: string): string[] => [
  refuseIf(
    `SELECT 1 FROM pg_constraint mine JOIN pg_constraint other ON other.conname = mine.conname AND other.connamespace = mine.connamespace
       AND other.conrelid <> mine.conrelid AND other.contype <> 'n' WHERE mine.conrelid = ${literal(table)}::regclass AND mine.contype <> 'n'`,
    2264,
    'name already used by an existing constraint',
  ),
];

/** Checks `MODIFY (column …)` against the column's present state. */
const modifyChecks = async (item: readonly Token[], table: string, world: ServerWorld): Promise<void> => {
  const { rows } = await world.admin.query(
    'SELECT a.attnotnull AS mandatory FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attname = $2',
    [table, swapCase(item[0]?.value ?? '')],
  );
  const [column] = rows;
  if (column === undefined) return;
  const toNull = item.findIndex((token) => isWord(token, 'NULL'));
  const toNotNull = isWord(item[toNull - 1], 'NOT');
  if (toNull >= 0 && toNotNull && column.mandatory)
    throw new OracleError(1442, 'column to be modified to NOT NULL is already NOT NULL');
  if (toNull >= 0 && !toNotNull && !isWord(item[toNull - 1], 'DEFAULT') && !column.mandatory)
    throw new OracleError(1451, 'column to be modified to NULL cannot be modified to NULL');
  const type = item.findIndex((token) => isWord(token, 'VARCHAR2'));
  if (type < 0) return;
  const count = isWord(item[type + 3], 'CHAR') ? 'char_length' : 'octet_length';
  const { rowCount } = await world.admin.query(
    `SELECT 1 FROM ${table} WHERE ${count}("${swapCase(item[0]!.value)}"::text) > $1 LIMIT 1`,
    [Number(item[type + 2]?.value)],
  );
  if (rowCount !== 0) throw new OracleError(1441, 'cannot decrease column length because some value is too big');
};

/** Checks each `column …` of MODIFY before anything changes. */
export const checkModified = async (
  items: readonly (readonly Token[])[],
  table: string,
  world: ServerWorld,
): Promise<void> => {
  for (const item of items) await modifyChecks(item, table, world);
};

/** Refuses a name in use: tables, views, sequences and private synonyms share one namespace. */
export const checkName = async ({ tokens, context }: DdlCall, world: ServerWorld, kind: string): Promise<void> => {
  if (!isWord(tokens[0], 'CREATE') || !['TABLE', 'VIEW', 'SEQUENCE', 'SYNONYM'].includes(kind)) return;
  const at = tokens.findIndex((token) => isWord(token, kind));
  const name = qualifiedNameAt(tokens, at + 1);
  if (name === undefined || isWord(tokens[at - 1], 'PUBLIC')) return;
  const owner = name.owner ?? context.schema;
  const { rowCount } = await world.admin.query(
    kind === 'SYNONYM'
      ? `SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v', 'S') AND n.nspname = ora.swap_case($1) AND c.relname = ora.swap_case($2)`
      : 'SELECT 1 FROM ora.synonyms WHERE owner = $1 AND synonym_name = $2',
    [owner, name.name],
  );
  if (rowCount !== 0) throw new OracleError(955, 'name is already used by an existing object');
};
