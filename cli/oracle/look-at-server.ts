import type { Database } from '../../shared/database/database';
import { defaultTablespaceOf, type Present } from './dba-steps';

/** The session's privileges, and where it is connected. Every account can read these. */
export type Standing = {
  readonly container: string;
  readonly version: number;
  readonly privileges: ReadonlySet<string>;
};

/**
 * Loads container, version and privileges of the session.
 * @throws BridgeError DB_…
 */
export const lookAtStanding = async ({ oracle }: Database): Promise<Standing> => {
  const container = await oracle.execute<{ name: string | null }>(
    `SELECT SYS_CONTEXT('USERENV', 'CON_NAME') AS NAME FROM DUAL`,
  );
  const version = await oracle.execute<{ version: string }>('SELECT VERSION FROM PRODUCT_COMPONENT_VERSION');
  const privileges = await oracle.execute<{ privilege: string }>('SELECT PRIVILEGE FROM SESSION_PRIVS');
  return {
    container: container.rows[0]?.name ?? '',
    version: Math.max(0, ...version.rows.map(({ version: text }) => Number.parseInt(text, 10))),
    privileges: new Set(privileges.rows.map(({ privilege }) => privilege)),
  };
};

/** An existing account: the roles granted to it, and the number of its objects without synonyms. */
export type KnownAccount = { readonly roles: readonly string[]; readonly objects: number };

export type ServerFacts = {
  readonly present: Present;
  readonly defaultTablespace: string;
  /** those of the requested accounts that exist */
  readonly accounts: ReadonlyMap<string, KnownAccount>;
  /** by role: the owners of the tables that it has rights on */
  readonly grantors: ReadonlyMap<string, readonly string[]>;
  readonly ownerTables: readonly string[];
};

type Synonym = { readonly name: string; readonly table_owner: string; readonly table_name: string };

/** Loads one account, and its effects in the form that `effectsOf` returns. */
const lookAtAccount = async ({ oracle: { execute } }: Database, name: string) => {
  const roles = await execute<{ role: string }>('SELECT GRANTED_ROLE AS ROLE FROM DBA_ROLE_PRIVS WHERE GRANTEE = :1', [
    name,
  ]);
  const rights = await execute<{ privilege: string }>('SELECT PRIVILEGE FROM DBA_SYS_PRIVS WHERE GRANTEE = :1', [name]);
  const synonyms = await execute<Synonym>(
    'SELECT SYNONYM_NAME AS NAME, TABLE_OWNER, TABLE_NAME FROM DBA_SYNONYMS WHERE OWNER = :1',
    [name],
  );
  const quotas = await execute<{ space: string }>(
    'SELECT TABLESPACE_NAME AS SPACE FROM DBA_TS_QUOTAS WHERE USERNAME = :1',
    [name],
  );
  const objects = await execute<{ n: string }>(
    `SELECT COUNT(*) AS N FROM DBA_OBJECTS WHERE OWNER = :1 AND OBJECT_TYPE <> 'SYNONYM'`,
    [name],
  );
  const known: KnownAccount = { roles: roles.rows.map(({ role }) => role), objects: Number(objects.rows[0]?.n) };
  const effects = [
    `USER ${name}`,
    ...[...known.roles, ...rights.rows.map(({ privilege }) => privilege)].map((right) => `${right} TO ${name}`),
    ...synonyms.rows.map((row) => `SYNONYM ${name}.${row.name} FOR ${row.table_owner}.${row.table_name}`),
    ...(quotas.rows.length > 0 ? [`QUOTA OF ${name}`] : []),
    ...quotas.rows.map(({ space }) => `QUOTA OF ${name} ON ${space}`),
  ];
  return { known, effects };
};

type Asked = {
  readonly owner: string;
  readonly accounts: readonly string[];
  readonly roles: readonly string[];
};

/**
 * Loads what exists on the server. Needs SELECT ANY DICTIONARY.
 * @throws BridgeError DB_…
 */
export const lookAtServer = async (dba: Database, { owner, accounts, roles }: Asked): Promise<ServerFacts> => {
  const { execute } = dba.oracle;
  const users = await execute<{ username: string }>('SELECT USERNAME FROM DBA_USERS');
  const tablespaces = await execute<{ name: string }>('SELECT TABLESPACE_NAME AS NAME FROM DBA_TABLESPACES');
  const there = new Set(users.rows.map(({ username }) => username));
  const known = new Map<string, KnownAccount>();
  const present = new Set(tablespaces.rows.map(({ name }) => `TABLESPACE ${name}`));
  for (const name of [owner, ...accounts].filter((one) => there.has(one))) {
    const account = await lookAtAccount(dba, name);
    known.set(name, account.known);
    for (const effect of account.effects) present.add(effect);
  }
  const grantors = new Map<string, readonly string[]>();
  for (const role of roles) {
    const { rows } = await execute<{ owner: string }>('SELECT DISTINCT OWNER FROM DBA_TAB_PRIVS WHERE GRANTEE = :1', [
      role,
    ]);
    grantors.set(
      role,
      rows.map((row) => row.owner),
    );
  }
  const tables = await execute<{ name: string }>(
    `SELECT OBJECT_NAME AS NAME FROM DBA_OBJECTS WHERE OWNER = :1 AND OBJECT_TYPE = 'TABLE'`,
    [owner],
  );
  return {
    present,
    defaultTablespace: await defaultTablespaceOf(dba),
    accounts: known,
    grantors,
    ownerTables: tables.rows.map(({ name }) => name),
  };
};

/**
 * Returns those of the accounts that have sessions, on any instance of the cluster.
 * @throws BridgeError DB_…
 */
export const sessionsOf = async ({ oracle }: Database, accounts: readonly string[]): Promise<readonly string[]> => {
  const { rows } = await oracle.execute<{ username: string | null }>('SELECT USERNAME FROM GV$SESSION');
  return accounts.filter((account) => rows.some(({ username }) => username === account));
};
