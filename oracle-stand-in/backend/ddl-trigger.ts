import { checkCompiled } from '../plsql/check-compiled';
import { CompileError } from '../plsql/compile-error';
import { compileTrigger } from '../plsql/compile-trigger';
import { parseTrigger } from '../plsql/parse-trigger';
import { readCatalog, type TriggerTable } from '../plsql/read-catalog';
import type { TriggerHead } from '../plsql/syntax-tree';
import { swapCase, toPostgresName } from '../sql/names';
import type { DdlCall } from './ddl-steps';
import type { ServerWorld } from './server-world';

type Named = { readonly owner: string; readonly name: string };

/** Finds the PostgreSQL triggers of an Oracle trigger: they have its name, `$` and a suffix. */
export const triggersOf = async (
  world: ServerWorld,
  { owner, name }: Named,
): Promise<readonly { name: string; place: string }[]> => {
  const { rows } = await world.admin.query(
    `SELECT t.tgname AS name, t.tgrelid::regclass::text AS place FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
      WHERE p.pronamespace = to_regnamespace($1) AND starts_with(t.tgname, $2)`,
    [toPostgresName(owner), `${swapCase(name)}$`],
  );
  return rows;
};

/**
 * Returns the statements that remove everything created for a trigger: dropping its functions also
 * drops what calls them.
 */
export const droppingTrigger = async (world: ServerWorld, { owner, name }: Named): Promise<readonly string[]> => {
  const { rows } = await world.admin.query(
    `SELECT oid::regprocedure::text AS text FROM pg_proc WHERE pronamespace = to_regnamespace($1) AND starts_with(proname, $2)`,
    [toPostgresName(owner), `${swapCase(name)}$`],
  );
  return rows.map(({ text }) => `DROP FUNCTION ${text} CASCADE`);
};

/**
 * Returns the statements for a trigger that does not compile: it exists, and refuses every
 * statement that would fire it.
 */
const invalid = ({ event }: TriggerHead, { owner, name }: Named, { relation }: TriggerTable): readonly string[] => {
  const made = `${toPostgresName(owner)}.${toPostgresName(`${name}$INVALID`)}`;
  return [
    `CREATE FUNCTION ${made}() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN
       PERFORM ora.raise_error(4098, 'trigger ''${owner}.${name}'' is invalid and failed re-validation'); END $f$`,
    `CREATE TRIGGER ${toPostgresName(`${name}$INVALID`)} BEFORE ${event} ON ${relation} FOR EACH STATEMENT EXECUTE FUNCTION ${made}()`,
  ];
};

/**
 * Runs the checks of columns before a BEFORE ROW trigger, so that it sees '' as NULL, and no values
 * that are too long.
 */
const checksFirst = ({ relation }: TriggerTable): string => `DO $$ BEGIN
    EXECUTE pg_catalog.format('CREATE OR REPLACE TRIGGER "!checks" BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION ora.%I()',
      '${relation}', pg_catalog.concat('checks_', '${relation}'::regclass::oid)); END $$`;

/** Creates what the text compiles to. Undoes it when there are errors. */
const compile = async (
  world: ServerWorld,
  call: DdlCall,
  owner: string,
  table: TriggerTable,
  attach: boolean,
): Promise<readonly CompileError[]> => {
  const { head, body } = parseTrigger(call.tokens);
  if (body instanceof CompileError) return [body];
  const { roleName } = await world.accounts.mustFind(owner);
  const compiled = compileTrigger({ ...head, ...body }, { ...call.context, schema: owner }, table.catalog, table);
  await world.admin.query('SAVEPOINT ora_compiled');
  for (const { name, text } of compiled.functions) {
    await world.admin.query(text);
    await world.admin.query(`ALTER FUNCTION ${name} OWNER TO "${roleName}"`);
  }
  if (attach) for (const text of [checksFirst(table), ...compiled.triggers]) await world.admin.query(text);
  const errors = [...compiled.errors, ...(await checkCompiled(world.admin, compiled, table.catalog, roleName))];
  if (errors.length > 0) await world.admin.query('ROLLBACK TO SAVEPOINT ora_compiled');
  return errors;
};

const inTransaction = async <T>(
  { admin }: ServerWorld,
  owner: string,
  end: string,
  work: () => Promise<T>,
): Promise<T> => {
  await admin.query(
    `BEGIN; SET LOCAL search_path = ${toPostgresName(owner)}, ora, pg_catalog; SET LOCAL lock_timeout = '2s'`,
  );
  try {
    const result = await work();
    await admin.query(end);
    return result;
  } catch (error) {
    await admin.query('ROLLBACK');
    throw error;
  }
};

/**
 * Runs CREATE TRIGGER: compiles the text itself. As in Oracle, errors are stored in USER_ERRORS,
 * and the trigger exists all the same.
 * @param enabled default: as the text says
 * @throws ORA-03001 for PL/SQL that is not supported here
 */
export const createTrigger = async (
  call: DdlCall,
  world: ServerWorld,
  named: Named,
  enabled?: boolean,
): Promise<void> => {
  const { owner, name } = named;
  const { head } = parseTrigger(call.tokens);
  const { admin } = world;
  await inTransaction(world, owner, 'COMMIT', async () => {
    await admin.query(`DELETE FROM ora.code_errors WHERE owner = $1 AND name = $2 AND type = 'TRIGGER'`, [owner, name]);
    for (const text of await droppingTrigger(world, named)) await admin.query(text);
    const table = await readCatalog(admin, head, call.tokens, { ...call.context, schema: owner });
    const errors = await compile(world, call, owner, table, true);
    for (const { at, message } of errors) {
      const line = call.sql.slice(0, at).split('\n').length;
      await admin.query(`INSERT INTO ora.code_errors VALUES ($1, $2, 'TRIGGER', $3, $4)`, [owner, name, line, message]);
    }
    if (errors.length > 0) for (const text of invalid(head, named, table)) await admin.query(text);
    if (enabled ?? head.enabled) return;
    for (const made of await triggersOf(world, named))
      await admin.query(`ALTER TABLE ${made.place} DISABLE TRIGGER "${made.name}"`);
  });
};

/** Tells whether the text of a trigger compiles now. Leaves no trace. */
export const compiles = (call: DdlCall, world: ServerWorld, { owner }: Named): Promise<boolean> =>
  inTransaction(world, owner, 'ROLLBACK', async () => {
    const { head } = parseTrigger(call.tokens);
    const table = await readCatalog(world.admin, head, call.tokens, { ...call.context, schema: owner });
    return (await compile(world, call, owner, table, false)).length === 0;
  });
