import { qualifiedNameAt, swapCase, toPostgresName } from '../sql/names';
import { notSupported, OracleError } from '../sql/oracle-error';
import { isWord, toNormalText } from '../sql/tokens';
import { apply, type DdlCall } from './ddl-steps';
import type { ServerWorld } from './server-world';

export const CODE_KINDS = ['TRIGGER', 'PROCEDURE', 'FUNCTION', 'PACKAGE', 'TYPE'];

/** What each of a trigger's PostgreSQL triggers is told. */
const forTriggers = async (
  world: ServerWorld,
  owner: string,
  name: string,
  toStatement: (trigger: string, place: string) => string,
): Promise<readonly string[]> => {
  const { rows } = await world.admin.query(
    `SELECT t.tgname, c.oid::regclass::text AS place FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND t.tgname = $2`,
    [swapCase(owner), swapCase(name)],
  );
  return rows.map((row) => toStatement(row.tgname, row.place));
};

const toggling = (world: ServerWorld, owner: string, name: string, on: boolean): Promise<readonly string[]> =>
  forTriggers(
    world,
    owner,
    name,
    (trigger, place) => `ALTER TABLE ${place} ${on ? 'ENABLE' : 'DISABLE'} TRIGGER "${trigger}"`,
  );

/**
 * Code is not translated: a handler registered for exactly this text says what stands for it. Whether it compiles: a handler that writes into
 * ora.code_errors says that it does not.
 */
export const runCode = async ({ sql, tokens, context }: DdlCall, world: ServerWorld, kind: string): Promise<void> => {
  const at = tokens.findIndex((token) => isWord(token, kind));
  const nameAt = isWord(tokens[at + 1], 'BODY') ? at + 2 : at + 1;
  const { owner = context.schema, name } = qualifiedNameAt(tokens, nameAt)!;
  const type = nameAt === at + 1 ? kind : `${kind} BODY`;
  if (isWord(tokens[0], 'ALTER')) {
    if (kind !== 'TRIGGER' || !isWord(tokens.at(-1), 'ENABLE', 'DISABLE')) return;
    await apply(world, await toggling(world, owner, name, isWord(tokens.at(-1), 'ENABLE')), owner, 'ALTER', kind);
    return;
  }
  await world.admin.query('DELETE FROM ora.code_errors WHERE owner = $1 AND name = $2 AND type = $3', [
    owner,
    name,
    type,
  ]);
  if (isWord(tokens[0], 'DROP')) {
    const { rows } = await world.admin.query(
      'SELECT 1 FROM ora.sources WHERE owner = $1 AND name = $2 AND type LIKE $3',
      [owner, name, `${kind}%`],
    );
    if (rows.length === 0)
      throw new OracleError(kind === 'TRIGGER' ? 4080 : 4043, `${kind.toLowerCase()} '${name}' does not exist`);
    await apply(
      world,
      await forTriggers(world, owner, name, (trigger, place) => `DROP TRIGGER "${trigger}" ON ${place}`),
      owner,
      'DROP',
      kind,
    );
    await world.admin.query('DELETE FROM ora.sources WHERE owner = $1 AND name = $2 AND type LIKE $3', [
      owner,
      name,
      `${kind}%`,
    ]);
    return;
  }
  const handler = world.definitions.get(toNormalText(sql));
  if (handler === undefined) throw notSupported(`no handler is registered for this ${kind}: ${name}`);
  await apply(world, handler({ schema: toPostgresName(owner), name }), owner, 'CREATE', kind);
  await world.admin.query(
    `INSERT INTO ora.sources VALUES ($1, $2, $3, $4) ON CONFLICT (owner, name, type) DO UPDATE SET text = excluded.text`,
    [owner, name, type, sql],
  );
  const head = tokens.slice(
    0,
    tokens.findIndex((token) => isWord(token, 'COMPOUND', 'BEGIN', 'DECLARE')),
  );
  if (kind === 'TRIGGER')
    await apply(
      world,
      await toggling(world, owner, name, !head.some((token) => isWord(token, 'DISABLE'))),
      owner,
      'ALTER',
      kind,
    );
};
