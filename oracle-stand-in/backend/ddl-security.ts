import type { TranslationContext } from '../sql/context';
import { qualifiedNameAt, toPostgresName } from '../sql/names';
import { missingObject, notSupported, OracleError } from '../sql/oracle-error';
import { tableName } from '../sql/tables';
import { behindBracket, findOutside, isSymbol, isWord, splitOutside, type Token } from '../sql/tokens';
import { PREDEFINED_ROLES } from './accounts';
import { requireAdminOption, setAdminOption } from './grant-rights';
import type { ServerWorld } from './server-world';

const unquoted = (token: Token | undefined): string => token?.value ?? '';

/**
 * Reads `QUOTA n[K|M|G] | UNLIMITED ON tablespace`, `ACCOUNT LOCK` and `IDENTIFIED BY …` of CREATE
 * USER and ALTER USER.
 */
const userOptions = (tokens: readonly Token[], context: TranslationContext) => {
  const quotas: { readonly tablespace: string; readonly none: boolean }[] = [];
  const options: { password?: string; locked?: boolean } = {};
  for (const [at, token] of tokens.entries()) {
    if (isWord(token, 'IDENTIFIED')) options.password = unquoted(tokens[at + 2]);
    if (isWord(token, 'ACCOUNT')) options.locked = isWord(tokens[at + 1], 'LOCK');
    if (isWord(token, 'QUOTA')) {
      const on = findOutside(tokens, at, (other) => isWord(other, 'ON'));
      quotas.push({ tablespace: unquoted(tokens[on + 1]), none: unquoted(tokens[at + 1]) === '0' });
    }
    const named = isWord(token, 'TABLESPACE') ? unquoted(tokens[at + 1]) : quotas.at(-1)?.tablespace;
    if (named !== undefined && !context.tablespaces.has(named))
      throw new OracleError(959, `tablespace '${named}' does not exist`);
  }
  return { options, quotas };
};

/** Runs CREATE USER, ALTER USER, DROP USER, CREATE ROLE and DROP ROLE. */
export const runAccountDdl = async (
  tokens: readonly Token[],
  context: TranslationContext,
  world: ServerWorld,
  user: string,
): Promise<void> => {
  const [verb, what, name] = tokens;
  const username = unquoted(name);
  const isRole = isWord(what, 'ROLE');
  if (isWord(verb, 'DROP')) return world.accounts.drop(username, isWord(tokens[3], 'CASCADE'), isRole);
  if (isRole) {
    await world.accounts.create(username, { isRole: true });
    // The creator of a role gets it WITH ADMIN OPTION.
    await world.admin.query('INSERT INTO ora.granted_roles VALUES ($1, $2, true) ON CONFLICT DO NOTHING', [
      user,
      username,
    ]);
    return;
  }
  const { options, quotas } = userOptions(tokens, context);
  if (isWord(verb, 'CREATE')) await world.accounts.create(username, options);
  else await world.accounts.set(username, options);
  for (const { tablespace, none } of quotas) {
    const text = none
      ? 'DELETE FROM ora.quotas WHERE username = $1 AND tablespace_name = $2'
      : 'INSERT INTO ora.quotas VALUES ($1, $2, -1) ON CONFLICT DO NOTHING';
    await world.admin.query(text, [username, tablespace]);
  }
};

/** READ is granted as SELECT and shown as READ. That READ must not lock rows is not modelled. */
const POSTGRES_PRIVILEGE: Readonly<Record<string, string>> = {
  SELECT: 'SELECT',
  READ: 'SELECT',
  INSERT: 'INSERT',
  UPDATE: 'UPDATE',
  DELETE: 'DELETE',
  REFERENCES: 'REFERENCES',
  ALL: 'ALL',
};

const columnList = (tokens: readonly Token[]): string => {
  const open = tokens.findIndex((token) => isSymbol(token, '('));
  if (open < 0) return '';
  const names = tokens.slice(open + 1, behindBracket(tokens, open) - 1).filter((token) => !isSymbol(token, ','));
  return ` (${names.map((token) => toPostgresName(token.value)).join(', ')})`;
};

const granteeRole = async (world: ServerWorld, grantee: string): Promise<string> => {
  if (grantee === 'PUBLIC') return 'PUBLIC';
  const account = await world.accounts.find(grantee);
  if (account === undefined) throw new OracleError(1917, `user or role '${grantee}' does not exist`);
  return `"${account.roleName}"`;
};

/** Refuses to revoke a privilege that was not granted. */
const mustBeGranted = async (
  world: ServerWorld,
  grantee: string,
  owner: string,
  table: string,
  privileges: readonly (readonly Token[])[],
): Promise<void> => {
  const { rows } = await world.admin.query(
    'SELECT privilege FROM ora.object_grants WHERE grantee = $1 AND owner = $2 AND table_name = $3',
    [grantee, owner, table],
  );
  const held = new Set(rows.map(({ privilege }) => POSTGRES_PRIVILEGE[privilege] ?? privilege));
  const wanted = privileges.map(([privilege]) => POSTGRES_PRIVILEGE[unquoted(privilege)] ?? '');
  if (wanted.some((privilege) => (privilege === 'ALL' ? held.size === 0 : !held.has(privilege))))
    throw new OracleError(1927, 'cannot REVOKE privileges you did not grant');
};

type Grantor = { readonly world: ServerWorld; readonly user: string };

const ANY_RIGHT = 'SELECT, INSERT, UPDATE, REFERENCES';

/**
 * Checks the grantor: the owner, an account that has the right WITH GRANT OPTION, or one with the
 * system privilege for it.
 */
const requireGrantor = async (
  { world, user }: Grantor,
  table: string,
  privileges: readonly string[],
): Promise<void> => {
  const held = await world.accounts.privilegesOf(user);
  if (held.has('DBA') || held.has('GRANT ANY OBJECT PRIVILEGE')) return;
  const { roleName } = await world.accounts.mustFind(user);
  for (const privilege of privileges) {
    const known = privilege === 'ALL' ? 'SELECT' : privilege;
    const { rows } = await world.admin.query(
      `SELECT ${known === 'DELETE' ? 'has_table_privilege' : 'has_any_column_privilege'}($1, $2::regclass, $3) AS may,
              has_any_column_privilege($1, $2::regclass, '${ANY_RIGHT}') OR has_table_privilege($1, $2::regclass, 'DELETE') AS sees`,
      [roleName, table, `${known} WITH GRANT OPTION`],
    );
    if (!rows[0].sees) throw missingObject();
    if (!rows[0].may) throw new OracleError(1031, 'insufficient privileges');
  }
};

const objectGrant = async (
  tokens: readonly Token[],
  on: number,
  to: number,
  context: TranslationContext,
  grantor: Grantor,
) => {
  const { world } = grantor;
  const granting = isWord(tokens[0], 'GRANT');
  const name = qualifiedNameAt(tokens, on + 1)!;
  const privileges = splitOutside(tokens.slice(1, on));
  // EXECUTE is not modelled.
  if (privileges.some(([privilege]) => isWord(privilege, 'EXECUTE'))) return;
  const names = privileges.map((privilege) => {
    const known = POSTGRES_PRIVILEGE[unquoted(privilege[0])];
    if (known === undefined) throw new OracleError(990, 'missing or invalid privilege');
    return known;
  });
  const table = tableName(context, { owner: name.owner ?? context.schema, name: name.name });
  await requireGrantor(grantor, table, names);
  const end = findOutside(tokens, to, (token) => isWord(token, 'WITH'));
  const owner = name.owner ?? context.schema;
  for (const [grantee] of splitOutside(tokens.slice(to + 1, end))) {
    const role = await granteeRole(world, unquoted(grantee));
    const list = privileges.map((privilege, at) => `${names[at]}${columnList(privilege)}`);
    if (unquoted(grantee) === owner)
      throw new OracleError(1749, 'you may not GRANT/REVOKE privileges to/from yourself');
    if (!granting && role !== 'PUBLIC') await mustBeGranted(world, unquoted(grantee), owner, name.name, privileges);
    const option = granting && end < tokens.length ? ' WITH GRANT OPTION' : '';
    await world.admin.query(
      `${granting ? 'GRANT' : 'REVOKE'} ${list.join(', ')} ON ${table} ${granting ? 'TO' : 'FROM'} ${role}${option}`,
    );
    const words = privileges.map(([privilege]) => unquoted(privilege));
    if (words.includes('SELECT') || words.includes('READ') || words.includes('ALL'))
      await world.admin.query('DELETE FROM ora.read_grants WHERE grantee = $1 AND relation = $2::regclass', [
        unquoted(grantee),
        table,
      ]);
    if (granting && words.includes('READ') && !words.includes('SELECT'))
      await world.admin.query('INSERT INTO ora.read_grants VALUES ($1, $2::regclass)', [unquoted(grantee), table]);
  }
};

const systemGrant = async (tokens: readonly Token[], to: number, { world, user }: Grantor): Promise<void> => {
  const granting = isWord(tokens[0], 'GRANT');
  const end = findOutside(tokens, to, (token) => isWord(token, 'WITH'));
  const names = splitOutside(tokens.slice(1, to)).map((words) => words.map(unquoted).join(' '));
  for (const [token] of splitOutside(tokens.slice(to + 1, end))) {
    const grantee = unquoted(token);
    const role = await granteeRole(world, grantee);
    for (const name of names) {
      const granted = await world.accounts.find(name);
      const isRole = granted !== undefined || name in PREDEFINED_ROLES;
      await requireAdminOption(world, user, name, isRole);
      // Granted again without ADMIN OPTION, the option remains.
      if (!isRole && (!granting || end < tokens.length)) await setAdminOption(world, grantee, name, granting);
      if (granted !== undefined) {
        const pair = [grantee, name];
        await world.admin.query(
          granting ? `GRANT "${granted.roleName}" TO ${role}` : `REVOKE "${granted.roleName}" FROM ${role}`,
        );
        await world.admin.query(
          granting
            ? 'INSERT INTO ora.granted_roles AS g VALUES ($1, $2, $3) ON CONFLICT (grantee, granted_role) DO UPDATE SET admin_option = g.admin_option OR excluded.admin_option'
            : 'DELETE FROM ora.granted_roles WHERE grantee = $1 AND granted_role = $2',
          granting ? [...pair, end < tokens.length] : pair,
        );
        continue;
      }
      const privileges = PREDEFINED_ROLES[name] ?? [name];
      if (PREDEFINED_ROLES[name] === undefined && !name.includes(' '))
        throw new OracleError(1919, `role '${name}' does not exist`);
      if (granting) await world.accounts.grantPrivileges(grantee, privileges);
      else
        await world.admin.query('DELETE FROM ora.system_privileges WHERE grantee = $1 AND privilege = ANY($2)', [
          grantee,
          privileges,
        ]);
    }
  }
};

/** Runs GRANT and REVOKE of rights on tables and views, of system privileges, and of roles. */
export const runGrant = async (
  tokens: readonly Token[],
  context: TranslationContext,
  world: ServerWorld,
  user: string,
): Promise<void> => {
  const to = findOutside(tokens, 1, (token) => isWord(token, 'TO', 'FROM'));
  const on = findOutside(tokens, 1, (token) => isWord(token, 'ON'));
  if (to === tokens.length) throw notSupported('GRANT without TO');
  return on < to ? objectGrant(tokens, on, to, context, { world, user }) : systemGrant(tokens, to, { world, user });
};
