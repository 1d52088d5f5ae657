import { qualifiedNameAt } from '../sql/names';
import { notSupported, OracleError } from '../sql/oracle-error';
import { isWord } from '../sql/tokens';
import { apply, type DdlCall } from './ddl-steps';
import { createTrigger, droppingTrigger, triggersOf } from './ddl-trigger';
import type { ServerWorld } from './server-world';

export const CODE_KINDS = ['TRIGGER', 'PROCEDURE', 'FUNCTION', 'PACKAGE', 'TYPE'];

/**
 * Runs CREATE, ALTER … ENABLE | DISABLE and DROP of a trigger, whose text is compiled. Other kinds
 * of code are not supported.
 */
export const runCode = async (call: DdlCall, world: ServerWorld, kind: string): Promise<void> => {
  if (kind !== 'TRIGGER') throw notSupported(kind);
  const { sql, tokens, context } = call;
  const at = tokens.findIndex((token) => isWord(token, kind));
  const { owner = context.schema, name } = qualifiedNameAt(tokens, at + 1)!;
  const named = [owner, name];
  const forget = async (table: string): Promise<void> => {
    await world.admin.query(`DELETE FROM ora.${table} WHERE owner = $1 AND name = $2 AND type = 'TRIGGER'`, named);
  };
  if (isWord(tokens[0], 'CREATE')) {
    await createTrigger(call, world, { owner, name });
    await world.admin.query(
      `INSERT INTO ora.sources VALUES ($1, $2, 'TRIGGER', $3) ON CONFLICT (owner, name, type) DO UPDATE SET text = excluded.text`,
      [...named, sql],
    );
    return;
  }
  const { rows } = await world.admin.query(
    `SELECT 1 FROM ora.sources WHERE owner = $1 AND name = $2 AND type = 'TRIGGER'`,
    named,
  );
  if (rows.length === 0) throw new OracleError(4080, `trigger '${name}' does not exist`);
  if (isWord(tokens[0], 'DROP')) {
    await apply(world, await droppingTrigger(world, { owner, name }), owner, 'DROP', kind);
    for (const table of ['code_errors', 'sources']) await forget(table);
    return;
  }
  const [change] = tokens.slice(-1);
  if (!isWord(change, 'ENABLE', 'DISABLE')) throw notSupported('ALTER TRIGGER but ENABLE and DISABLE');
  const made = await triggersOf(world, { owner, name });
  await apply(
    world,
    made.map((trigger) => `ALTER TABLE ${trigger.place} ${change!.value} TRIGGER "${trigger.name}"`),
    owner,
    'ALTER',
    kind,
  );
};
