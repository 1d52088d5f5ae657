import { qualifiedNameAt } from '../sql/names';
import { OracleError } from '../sql/oracle-error';
import { isWord } from '../sql/tokens';
import type { DdlCall } from './ddl-steps';
import type { ServerWorld } from './server-world';

export const runSynonym = async ({ tokens, context }: DdlCall, world: ServerWorld): Promise<void> => {
  const at = tokens.findIndex((token) => isWord(token, 'SYNONYM'));
  const isPublic = isWord(tokens[at - 1], 'PUBLIC');
  const name = qualifiedNameAt(tokens, at + 1)!;
  const owner = isPublic ? 'PUBLIC' : (name.owner ?? context.schema);
  if (isWord(tokens[0], 'DROP')) {
    const { rowCount } = await world.admin.query('DELETE FROM ora.synonyms WHERE owner = $1 AND synonym_name = $2', [
      owner,
      name.name,
    ]);
    if (rowCount === 0) throw new OracleError(1434, 'private synonym to be dropped does not exist');
    return;
  }
  const target = qualifiedNameAt(tokens, name.next + 1)!;
  const replace = tokens.some((token) => isWord(token, 'REPLACE'))
    ? ' DO UPDATE SET table_owner = excluded.table_owner, table_name = excluded.table_name'
    : ' DO NOTHING';
  const { rowCount } = await world.admin.query(
    `INSERT INTO ora.synonyms VALUES ($1, $2, $3, $4) ON CONFLICT (owner, synonym_name)${replace}`,
    [owner, name.name, target.owner ?? context.schema, target.name],
  );
  if (rowCount === 0) throw new OracleError(955, 'name is already used by an existing object');
};

export const runTablespace = async ({ tokens }: DdlCall, world: ServerWorld): Promise<void> => {
  const at = tokens.findIndex((token) => isWord(token, 'TABLESPACE'));
  const name = tokens[at + 1]!.value;
  if (isWord(tokens[0], 'ALTER')) return;
  if (isWord(tokens[0], 'CREATE')) {
    const contents = tokens.some((token) => isWord(token, 'TEMPORARY')) ? 'TEMPORARY' : 'PERMANENT';
    const { rowCount } = await world.admin.query('INSERT INTO ora.tablespaces VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      name,
      contents,
    ]);
    if (rowCount === 0) throw new OracleError(1543, `tablespace '${name}' already exists`);
    return;
  }
  const { rows } = await world.admin.query(
    `SELECT 1 FROM ora.placements p JOIN pg_class c ON c.relname = ora.swap_case(p.segment_name) JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = ora.swap_case(p.owner)
      WHERE p.tablespace_name = $1 LIMIT 1`,
    [name],
  );
  if (rows.length > 0 && !tokens.some((token) => isWord(token, 'INCLUDING')))
    throw new OracleError(1549, 'tablespace not empty, use INCLUDING CONTENTS option');
  const { rowCount } = await world.admin.query('DELETE FROM ora.tablespaces WHERE tablespace_name = $1', [name]);
  if (rowCount === 0) throw new OracleError(959, `tablespace '${name}' does not exist`);
};
