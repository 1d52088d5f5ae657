import type { Client } from 'pg';
import { findSynonym, type TranslationContext } from '../sql/context';
import { swapCase, toPostgresName } from '../sql/names';
import { missingObject } from '../sql/oracle-error';
import { isName } from '../sql/tokens';
import type { Catalog } from './compilation';
import type { Tokens, TriggerHead } from './syntax-tree';

export type TriggerTable = {
  readonly catalog: Catalog;
  /** `OWNER.TABLE` */
  readonly table: string;
  /** Name for PostgreSQL. */
  readonly relation: string;
  readonly schema: string;
};

/** Selects tables and views with their columns, and which are the trigger's or a view on it. */
const RELATIONS = `WITH RECURSIVE seeing (id) AS (
    SELECT $2::regclass::oid
    UNION
    SELECT r.ev_class FROM seeing s JOIN pg_depend d ON d.refobjid = s.id AND d.refclassid = 'pg_class'::regclass AND d.classid = 'pg_rewrite'::regclass
      JOIN pg_rewrite r ON r.oid = d.objid)
  SELECT c.relname, c.oid IN (SELECT id FROM seeing) AS seeing, array_agg(a.attname::text) AS columns
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   WHERE c.relname = ANY ($1) AND c.relkind IN ('r', 'v') AND c.relnamespace <> 'pg_catalog'::regnamespace
   GROUP BY c.oid, c.relname`;

/**
 * Reads what the compiler must know about the database.
 * @throws ORA-00942 when the trigger's table does not exist
 */
export const readCatalog = async (
  client: Client,
  { table }: TriggerHead,
  tokens: Tokens,
  context: TranslationContext,
): Promise<TriggerTable> => {
  const target = findSynonym(context, table) ?? table;
  const owner = target.owner ?? context.schema;
  const relation = `${toPostgresName(owner)}.${toPostgresName(target.name)}`;
  const { rows: own } = await client.query(
    `SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`,
    [relation],
  );
  if (own.length === 0) throw missingObject();
  // Names as in the text, and the names that they have in the database.
  const named = new Map<string, string>();
  for (const token of tokens) {
    if (isName(token))
      named.set(
        token.value,
        swapCase(findSynonym(context, { owner: undefined, name: token.value })?.name ?? token.value),
      );
  }
  const { rows } = await client.query(RELATIONS, [[...new Set(named.values())], relation]);
  const columns = new Map<string, Set<string>>();
  const mutating = new Set<string>();
  for (const [name, stored] of named) {
    for (const row of rows.filter(({ relname }) => relname === stored)) {
      columns.set(name, new Set([...(columns.get(name) ?? []), ...(row.columns as string[])]));
      if (row.seeing) mutating.add(name);
    }
  }
  const row = new Map(own.map(({ attname, type }) => [swapCase(attname as string), type as string]));
  return { catalog: { columns, mutating, row }, table: `${owner}.${target.name}`, relation, schema: owner };
};
