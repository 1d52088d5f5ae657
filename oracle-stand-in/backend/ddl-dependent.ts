import { isName, toTokens } from '../sql/tokens';
import type { DdlCall } from './ddl-steps';
import { compiles, createTrigger } from './ddl-trigger';
import type { ServerWorld } from './server-world';

/** Removes the dictionary entries of triggers that were dropped with their table. */
export const forgetLostTriggers = async (world: ServerWorld): Promise<void> => {
  const there = `EXISTS (SELECT 1 FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = ora.swap_case(s.owner) AND starts_with(t.tgname, ora.swap_case(s.name) || '$'))`;
  for (const table of ['code_errors', 'sources'])
    await world.admin.query(`DELETE FROM ora.${table} s WHERE type = 'TRIGGER' AND NOT ${there}`);
};

/**
 * Recompiles the triggers whose text names the changed table or view. Oracle does so when a trigger
 * fires next; a trigger that no longer compiles refuses the statements that fire it until it
 * compiles again.
 */
export const revalidateTriggers = async (call: DdlCall, world: ServerWorld, changed: string): Promise<void> => {
  const { rows } = await world.admin.query<{ owner: string; name: string; text: string; on: boolean; well: boolean }>(
    `SELECT s.owner, s.name, s.text, t.status = 'ENABLED' AS on, NOT EXISTS (SELECT 1 FROM ora.code_errors e WHERE e.owner = s.owner AND e.name = s.name) AS well
       FROM ora.sources s JOIN ora.all_triggers t ON t.owner = s.owner AND t.trigger_name = s.name WHERE s.type = 'TRIGGER'`,
  );
  for (const { text, on, well, ...named } of rows) {
    const tokens = toTokens(text);
    if (!tokens.some((token) => isName(token) && token.value === changed)) continue;
    const own = { ...call, sql: text, tokens };
    if ((await compiles(own, world, named)) !== well) await createTrigger(own, world, named, on);
  }
};
