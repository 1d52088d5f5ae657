import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { rolesOf } from '../0002-access/access-oracle';
import { allGrantsOf } from '../all-grants';
import { type MigrationOptions, TABLESPACES } from './oracle-tablespaces';

export type DbaOptions = MigrationOptions & {
  readonly owner: string;
  /** directory or ASM disk group for the data files; without it the server places them (OMF) */
  readonly datafiles?: string;
  /** initial size of each data file, in Oracle's notation */
  readonly size: string;
  /** tablespace of all objects that name none */
  readonly defaultTablespace: string;
};

export type BusinessAccount = {
  readonly account: string;
  readonly role: string;
  /** it may create tables of its own, as the simulator does for its journal */
  readonly ownTables?: boolean;
};

/** Returns the SQL*Plus variable that holds an account's password while a script runs. Pure. */
export const passwordVariable = (account: string): string => `${account.toLowerCase().replace(/\W/g, '_')}_password`;

/** Returns `"&&NAME_password"`: the text of a statement never contains a password. */
const password = (account: string): string => `"&&${passwordVariable(account)}"`;

/**
 * Replaces the variable by the password, for a client other than SQL*Plus. The password stands
 * between double quotes. Pure.
 * @throws Error when the password contains a double quote or a line break
 */
export const withPassword = (text: string, given: string): string => {
  if (/["\0\n\r]/.test(given)) throw new Error('a password must not contain a double quote or a line break');
  return text.replace(/&&\w+_password/, () => given);
};

/**
 * Returns the statement that creates a tablespace. The server places the file (OMF), or a directory
 * or an ASM disk group is given.
 */
const createTablespace = (name: string, { datafiles, size }: DbaOptions): string => {
  // In a disk group ASM names the file.
  const file = datafiles?.startsWith('+')
    ? `'${datafiles}' `
    : datafiles
      ? `'${datafiles}/${name.toLowerCase()}01.dbf' `
      : '';
  return `CREATE TABLESPACE ${name} DATAFILE ${file}SIZE ${size} AUTOEXTEND ON NEXT ${size} MAXSIZE UNLIMITED`;
};

/** For tables, views, a trigger, identity columns (sequences) and roles. */
export const OWNER_RIGHTS = 'CREATE SESSION, CREATE TABLE, CREATE VIEW, CREATE SEQUENCE, CREATE TRIGGER, CREATE ROLE';

const quotasOn = (spaces: readonly string[]): readonly string[] => spaces.map((name) => `QUOTA UNLIMITED ON ${name}`);

export const spacesOfOwner = ({ tablespaces, defaultTablespace }: DbaOptions): readonly string[] => [
  defaultTablespace,
  ...(tablespaces ? Object.values(TABLESPACES) : []),
];

export const quotaStatement = (account: string, spaces: readonly string[]): string =>
  `ALTER USER ${account} ${quotasOn(spaces).join(' ')}`;

/** Returns the statements that precede the owner's part: tablespaces and the owner. Pure. */
export const dbaStatements = (options: DbaOptions): readonly string[] => {
  const { owner, tablespaces, defaultTablespace } = options;
  const spaces: readonly string[] = tablespaces ? Object.values(TABLESPACES) : [];
  return [
    ...spaces.map((name) => createTablespace(name, options)),
    `CREATE USER ${owner} IDENTIFIED BY ${password(owner)} DEFAULT TABLESPACE ${defaultTablespace}
  ${quotasOn(spacesOfOwner(options)).join('\n  ')}`,
    `GRANT ${OWNER_RIGHTS} TO ${owner}`,
  ];
};

/**
 * Returns the statements for a profile without limits that the services would reach; the first one
 * is needed only once. They are not in the scripts, because a site has profiles of its own. Pure.
 */
export const profileStatements = (account: string): readonly string[] => [
  'CREATE PROFILE SMS_BRIDGE LIMIT SESSIONS_PER_USER UNLIMITED IDLE_TIME UNLIMITED CONNECT_TIME UNLIMITED PASSWORD_LIFE_TIME UNLIMITED',
  `ALTER USER ${account} PROFILE SMS_BRIDGE`,
];

/**
 * Returns the statements that limit the sessions of a business account, so that one account cannot
 * take those of the services; the first one is needed only once. Pure.
 */
export const businessProfileStatements = (account: string): readonly string[] => [
  'CREATE PROFILE SMS_BUSINESS LIMIT SESSIONS_PER_USER 10',
  `ALTER USER ${account} PROFILE SMS_BUSINESS`,
];

/**
 * Returns the statements for the simulator's account, which creates its journal itself. An identity
 * column is a sequence. Pure.
 */
export const ownTablesStatements = (account: string, { defaultTablespace }: DbaOptions): readonly string[] => [
  `GRANT CREATE TABLE, CREATE SEQUENCE TO ${account}`,
  `ALTER USER ${account} DEFAULT TABLESPACE ${defaultTablespace} QUOTA UNLIMITED ON ${defaultTablespace}`,
];

/**
 * Returns the statements that follow the owner's part: an account, its role, and synonyms for the
 * relations of the role, so that no statement names the owner. Pure.
 */
export const accountStatements = (
  { account, role, ownTables = false }: BusinessAccount,
  options: DbaOptions,
  mapping: ExchangeMapping,
): readonly string[] => {
  const relations = [...new Set(allGrantsOf(role, mapping).map(([relation]) => relation))];
  return [
    `CREATE USER ${account} IDENTIFIED BY ${password(account)}`,
    `GRANT CREATE SESSION TO ${account}`,
    `GRANT ${role.toUpperCase()} TO ${account}`,
    ...relations.map((relation) => {
      const target = relation.includes('.') ? relation : `${options.owner}.${relation}`;
      return `CREATE OR REPLACE SYNONYM ${account}.${relation.replace(/^.*\./, '')} FOR ${target}`;
    }),
    ...(ownTables ? ownTablesStatements(account, options) : []),
  ];
};

export const uninstallStatements = (
  options: DbaOptions,
  accounts: readonly BusinessAccount[],
  mapping: ExchangeMapping,
): readonly string[] => [
  ...accounts.map(({ account }) => `DROP USER ${account} CASCADE`),
  ...rolesOf(mapping).map((role) => `DROP ROLE ${role}`),
  `DROP USER ${options.owner} CASCADE`,
  ...(options.tablespaces ? Object.values(TABLESPACES) : []).map(
    (name) => `DROP TABLESPACE ${name} INCLUDING CONTENTS AND DATAFILES`,
  ),
];
