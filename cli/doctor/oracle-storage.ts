import { OWNER_RIGHTS } from '../../migrations/oracle/oracle-dba';
import { TABLESPACES } from '../../migrations/oracle/oracle-tablespaces';
import type { Database } from '../../shared/database/database';
import { broken, type Finding, statements, warning, well } from './finding';

/** The storage as the owner of the tables sees it. */
export type Storage = {
  readonly account: string;
  /** tablespaces that its tables and indexes are in, or will be in */
  readonly used: readonly string[];
  readonly visible: readonly { readonly name: string; readonly status: string }[];
  /** in bytes; `most` is negative without a limit */
  readonly quotas: readonly { readonly name: string; readonly bytes: number; readonly most: number }[];
  readonly privileges: ReadonlySet<string>;
};

const SPACES = 'oracle: tablespaces';
const QUOTAS = 'oracle: quotas';
const NEARLY_FULL = 0.85;
const FULL = 0.98;

const toMegabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MB`;

export const judgeStorage = ({ account, used, visible, quotas, privileges }: Storage): readonly Finding[] => {
  const findings: Finding[] = [];
  const status = new Map(visible.map((space) => [space.name, space.status]));
  const missing = used.filter((name) => !status.has(name));
  if (missing.length > 0) {
    findings.push(
      broken(
        SPACES,
        `missing, or without a quota for ${account}: ${missing.join(', ')}`,
        `A DBA creates the missing ones (\`sms-bridge oracle script dba\` prints how) and grants the quota. To do without them in new tables: ORACLE_TABLESPACES=off.${statements(`ALTER USER ${account} ${missing.map((name) => `QUOTA UNLIMITED ON ${name}`).join(' ')}`)}`,
      ),
    );
  }
  for (const name of used) {
    const state = status.get(name);
    if (state !== undefined && state !== 'ONLINE')
      findings.push(
        broken(
          SPACES,
          `${name} is ${state}`,
          `A DBA: ALTER TABLESPACE ${name} ${state === 'OFFLINE' ? 'ONLINE' : 'READ WRITE'}`,
        ),
      );
  }
  if (findings.length === 0) findings.push(well(SPACES, `${used.length === 0 ? 'none' : used.join(', ')}: online`));
  if (privileges.has('UNLIMITED TABLESPACE')) return [...findings, well(QUOTAS, 'none: UNLIMITED TABLESPACE')];
  const limits = new Map(quotas.map((quota) => [quota.name, quota]));
  const tight: Finding[] = used
    .filter((name) => status.has(name))
    .flatMap((name): readonly Finding[] => {
      const grant = `A DBA: ALTER USER ${account} QUOTA UNLIMITED ON ${name}`;
      const quota = limits.get(name);
      if (quota === undefined)
        return [broken(QUOTAS, `${account} has no quota on ${name}: its tables cannot grow`, grant)];
      if (quota.most < 0 || quota.bytes < quota.most * NEARLY_FULL) return [];
      const words = `${toMegabytes(quota.bytes)} of ${toMegabytes(quota.most)} are used on ${name}`;
      return [quota.bytes < quota.most * FULL ? warning(QUOTAS, words, grant) : broken(QUOTAS, words, grant)];
    });
  if (tight.length > 0 || missing.length > 0) return [...findings, ...tight];
  return [...findings, well(QUOTAS, 'enough on all of them')];
};

export const judgeOwnerRights = (
  account: string,
  privileges: ReadonlySet<string>,
  migrationsMissing: boolean,
): Finding => {
  const check = 'oracle: rights of the owner';
  const lacking = OWNER_RIGHTS.split(', ').filter((privilege) => !privileges.has(privilege));
  if (lacking.length === 0) return well(check, 'enough for migrations');
  const say = migrationsMissing ? broken : warning;
  return say(
    check,
    `${account} lacks ${lacking.join(', ')}, which migrations need`,
    `A DBA: GRANT ${lacking.join(', ')} TO ${account}`,
  );
};

export const readStorage = async ({ oracle }: Database, account: string, tablespaces: boolean): Promise<Storage> => {
  const segments = await oracle.execute<{ name: string | null }>(
    // A partitioned table has no tablespace itself; only its partitions do.
    `SELECT TABLESPACE_NAME AS NAME FROM USER_TABLES
UNION SELECT TABLESPACE_NAME AS NAME FROM USER_INDEXES
UNION SELECT TABLESPACE_NAME AS NAME FROM USER_TAB_PARTITIONS
UNION SELECT TABLESPACE_NAME AS NAME FROM USER_IND_PARTITIONS`,
  );
  const spaces = await oracle.execute<{ name: string; status: string }>(
    'SELECT TABLESPACE_NAME AS NAME, STATUS FROM USER_TABLESPACES',
  );
  const quotas = await oracle.execute<{ name: string; bytes: string; most: string }>(
    'SELECT TABLESPACE_NAME AS NAME, BYTES, MAX_BYTES AS MOST FROM USER_TS_QUOTAS',
  );
  const privileges = await oracle.execute<{ privilege: string }>('SELECT PRIVILEGE FROM SESSION_PRIVS');
  const there = segments.rows.flatMap(({ name }) => (name === null ? [] : [name]));
  return {
    account,
    used: there.length > 0 ? there.sort() : tablespaces ? Object.values(TABLESPACES) : [],
    visible: spaces.rows,
    quotas: quotas.rows.map(({ name, bytes, most }) => ({ name, bytes: Number(bytes), most: Number(most) })),
    privileges: new Set(privileges.rows.map(({ privilege }) => privilege)),
  };
};
