import type { KnownAccount, ServerFacts, Standing } from './look-at-server';
import type { AccountArgument } from './oracle-arguments';

type Needs = Readonly<Record<string, string>>;

/** Returns the privileges for installing, each with its purpose. The role DBA has all. Pure. */
export const installNeeds = (tablespaces: boolean, ownTables: boolean): Needs => ({
  'CREATE USER': 'the owner and the accounts',
  'GRANT ANY PRIVILEGE': 'what the owner and the accounts may do',
  'GRANT ANY ROLE': 'the role of each account',
  'CREATE ANY SYNONYM': 'the names that each account uses',
  'SELECT ANY DICTIONARY': 'DBA_USERS, DBA_OBJECTS, DBA_TAB_PRIVS …: what exists',
  ...(tablespaces ? { 'CREATE TABLESPACE': 'the tablespaces' } : {}),
  ...(tablespaces || ownTables
    ? { 'ALTER USER': 'quotas for an existing owner, and for accounts that create tables' }
    : {}),
});

/** Returns the privileges that the uninstalling account needs, each with its purpose. Pure. */
export const uninstallNeeds = (tablespaces: boolean): Needs => ({
  'DROP USER': 'the owner and the accounts',
  'DROP ANY ROLE': 'the roles',
  'SELECT ANY DICTIONARY': 'DBA_USERS, GV$SESSION …: what exists, and what is in use',
  ...(tablespaces ? { 'DROP TABLESPACE': 'the tablespaces' } : {}),
});

/**
 * Judges the account and its container before anything else is read. Returns the problems.
 * `account` is used only in the text. Pure.
 */
export const judgeStanding = (
  { container, privileges }: Standing,
  needs: Needs,
  account: string,
): readonly string[] => {
  // Some images set COMMON_USER_PREFIX so that the root accepts ordinary user names; such accounts
  // would be common to all pluggable databases.
  if (container === 'CDB$ROOT')
    return ['this is the root of a container database (CDB$ROOT): use the service of a pluggable database'];
  const missing = Object.keys(needs).filter((privilege) => !privileges.has(privilege));
  if (missing.length === 0) return [];
  return [
    `${account} lacks rights. Use another account, or a DBA runs:`,
    // SQL*Plus accepts no comment after a semicolon, so the comment precedes it.
    ...missing.map((privilege) => `  GRANT ${privilege} TO ${account} /* ${needs[privilege]} */;`),
  ];
};

/** Tables that only the bridge has. knex_migrations is created before all others. */
const OURS = ['knex_migrations', 'SM_SEND_T', 'LOGIN_USER', 'CLIENT_SMS_SEND'];

/**
 * Tells whether an existing account belongs to another system. An account without objects may be
 * left from an interrupted installation, or have been created for the bridge.
 */
const isForeign = ({ roles, objects }: KnownAccount, wanted: string): boolean => objects > 0 && !roles.includes(wanted);

/** Finds objects of other systems under the installation's names. Returns the problems. Pure. */
export const judgeServer = (
  facts: ServerFacts,
  {
    owner,
    accounts,
    schemas,
  }: {
    readonly owner: string;
    readonly accounts: readonly AccountArgument[];
    /** schemas of the province, whose tables the platform's roles may also have been granted */
    readonly schemas: readonly string[];
  },
): readonly string[] => {
  const { ownerTables } = facts;
  const strange =
    ownerTables.length > 0 && !ownerTables.some((name) => OURS.includes(name))
      ? [`${owner} has ${ownerTables.length} tables, but none of the bridge's: choose another owner`]
      : [];
  const foreign = accounts.filter(({ account, role }) => {
    const known = facts.accounts.get(account);
    return known !== undefined && isForeign(known, role);
  });
  const elsewhere = [...facts.grantors].flatMap(([role, owners]) => {
    const others = owners.filter((name) => name !== owner && !schemas.includes(name));
    return others.length === 0 ? [] : [`the role ${role} has rights on tables of ${others.join(', ')}`];
  });
  return [
    ...strange,
    ...foreign.map(
      ({ account, role }) =>
        `${account} exists, owns objects and lacks the role ${role}, so it belongs to another system; if not, GRANT ${role} TO ${account} first`,
    ),
    ...(elsewhere.length === 0
      ? []
      : [...elsewhere, `so the bridge is installed with another owner, or these roles belong to another system`]),
  ];
};
