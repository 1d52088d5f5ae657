import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import { rolesOf } from '../0002-access/access-oracle';
import { allGrantsOf } from '../all-grants';
import { type MigrationOptions, TABLESPACES } from './oracle-tablespaces';

export type DbaOptions = MigrationOptions & {
  /** the account that owns the tables */
  readonly owner: string;
  /** a directory or an ASM disk group for the files; without it the server places them (OMF) */
  readonly datafiles?: string;
  /** the first size of each file, in Oracle's words */
  readonly size: string;
  /** where everything goes that names no tablespace */
  readonly defaultTablespace: string;
};

export type BusinessAccount = {
  readonly account: string;
  readonly role: string;
  /** it may make tables of its own: the simulator's journal */
  readonly ownTables?: boolean;
};

/** The variable of SQL*Plus that holds the password of an account while a script runs. */
export const passwordVariable = (account: string): string => `${account.toLowerCase().replace(/\W/g, '_')}_password`;

/** `"&&NAME_password"`. No password is ever in the text. */
const password = (account: string): string => `"&&${passwordVariable(account)}"`;

/** The statement with a password in the place of the question, for who is no SQL*Plus. It stands between double quotes. */
export const withPassword = (text: string, given: string): string => {
  if (/["\0\n\r]/.test(given)) throw new Error('a password must not contain a double quote or a line break');
  return text.replace(/&&\w+_password/, () => given);
};

/** With the server's own placing of files (OMF), a place for them, or a disk group. */
const createTablespace = (name: string, { datafiles, size }: DbaOptions): string => {
  // a disk group names the file itself
  const file = datafiles?.startsWith('+')
    ? `'${datafiles}' `
    : datafiles
      ? `'${datafiles}/${name.toLowerCase()}01.dbf' `
      : '';
  return `CREATE TABLESPACE ${name} DATAFILE ${file}SIZE ${size} AUTOEXTEND ON NEXT ${size} MAXSIZE UNLIMITED`;
};

/** What the owner needs, and no more: it makes tables, views, a trigger, identities (sequences) and roles. */
export const OWNER_RIGHTS = 'CREATE SESSION, CREATE TABLE, CREATE VIEW, CREATE SEQUENCE, CREATE TRIGGER, CREATE ROLE';

const quotasOn = (spaces: readonly string[]): readonly string[] => spaces.map((name) => `QUOTA UNLIMITED ON ${name}`);

/** What the owner must be allowed to fill. */
export const spacesOfOwner = ({ tablespaces, defaultTablespace }: DbaOptions): readonly string[] => [
  defaultTablespace,
  ...(tablespaces ? Object.values(TABLESPACES) : []),
];

/** For an account that is there and lacks them. */
export const quotaStatement = (account: string, spaces: readonly string[]): string =>
  `ALTER USER ${account} ${quotasOn(spaces).join(' ')}`;

/** Before the owner's part: tablespaces and the owner. */
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

/** A profile without limits that the services would meet; the first of the two only once. Not in the scripts: a site has profiles of its own. */
export const profileStatements = (account: string): readonly string[] => [
  'CREATE PROFILE SMS_BRIDGE LIMIT SESSIONS_PER_USER UNLIMITED IDLE_TIME UNLIMITED CONNECT_TIME UNLIMITED PASSWORD_LIFE_TIME UNLIMITED',
  `ALTER USER ${account} PROFILE SMS_BRIDGE`,
];

/** For the simulator, which makes its journal itself; an identity is a sequence. */
export const ownTablesStatements = (account: string, { defaultTablespace }: DbaOptions): readonly string[] => [
  `GRANT CREATE TABLE, CREATE SEQUENCE TO ${account}`,
  `ALTER USER ${account} DEFAULT TABLESPACE ${defaultTablespace} QUOTA UNLIMITED ON ${defaultTablespace}`,
];

/** After the owner's part: an account, its role, and synonyms for what the role may touch, so that no statement names the owner. */
export const accountStatements = (
  { account, role, ownTables = false }: BusinessAccount,
  options: DbaOptions,
  names: ExchangeNames,
): readonly string[] => {
  const relations = [...new Set(allGrantsOf(role, names).map(([relation]) => relation))];
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

/** All of it taken away again, the messages too. */
export const uninstallStatements = (
  options: DbaOptions,
  accounts: readonly BusinessAccount[],
  names: ExchangeNames,
): readonly string[] => [
  ...accounts.map(({ account }) => `DROP USER ${account} CASCADE`),
  ...rolesOf(names).map((role) => `DROP ROLE ${role}`),
  `DROP USER ${options.owner} CASCADE`,
  ...(options.tablespaces ? Object.values(TABLESPACES) : []).map(
    (name) => `DROP TABLESPACE ${name} INCLUDING CONTENTS AND DATAFILES`,
  ),
];
