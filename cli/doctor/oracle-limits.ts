import { profileStatements } from '../../migrations/oracle/oracle-dba';
import type { Database } from '../../shared/database/database';
import { broken, type Finding, statements, warning, well } from './finding';
import { unlessHidden } from './unless-hidden';

export type EngineSettings = {
  readonly poolMax: number;
  /** number of statements that a session keeps open */
  readonly statementCache: number;
  readonly tablespaces: boolean;
};

const DAY_MS = 86_400_000;
/** Leaves time to change the password in every place. */
const PASSWORD_WARNING_DAYS = 14;

/** Judges the account's status and the expiry of its password. Times in epoch ms. Pure. */
export const judgeAccount = (account: string, status: string, expiresAt: number | null, now: number): Finding => {
  const check = 'oracle: account';
  const advice = `Change it: ALTER USER ${account} IDENTIFIED BY "…", and DATABASE_PASSWORD of its processes. To stop it from expiring again, a DBA runs (the first only once):${statements(...profileStatements(account))}`;
  if (status.startsWith('LOCKED'))
    return broken(check, `${account} is ${status}`, `A DBA: ALTER USER ${account} ACCOUNT UNLOCK`);
  if (status !== 'OPEN') return broken(check, `${account} is ${status}`, advice);
  const days = expiresAt === null ? Number.POSITIVE_INFINITY : (expiresAt - now) / DAY_MS;
  if (days > PASSWORD_WARNING_DAYS)
    return well(
      check,
      `${account} is open${expiresAt === null ? ', its password does not expire' : `, its password expires in ${Math.floor(days)} days`}`,
    );
  const words = days < 0 ? 'has expired' : `expires in ${Math.ceil(days)} days`;
  return (days < 0 ? broken : warning)(check, `the password of ${account} ${words}`, advice);
};

/** Parses a limit. UNLIMITED is infinity, and so is DEFAULT, whose value is not known here. */
const toLimit = (text: string | undefined): number => {
  const value = Number(text?.trim());
  return text === undefined || Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
};

/** Judges the limits of the account's profile, given by resource name. Pure. */
export const judgeProfile = (
  account: string,
  limits: ReadonlyMap<string, string>,
  poolMax: number,
): readonly Finding[] => {
  const check = 'oracle: profile';
  const profile = `a profile of its own (the first only once):${statements(...profileStatements(account))}`;
  const findings: Finding[] = [];
  const sessions = toLimit(limits.get('SESSIONS_PER_USER'));
  if (sessions < poolMax)
    findings.push(
      broken(
        check,
        `${sessions} sessions at most, and one process opens ${poolMax}`,
        `Set DATABASE_POOL_MAX lower, or a DBA gives the account ${profile}`,
      ),
    );
  else if (sessions < 2 * poolMax)
    findings.push(
      warning(
        check,
        `${sessions} sessions at most: room for one process with DATABASE_POOL_MAX ${poolMax}, but not for its replacement`,
        `A DBA gives the account ${profile}`,
      ),
    );
  for (const resource of ['IDLE_TIME', 'CONNECT_TIME']) {
    const minutes = toLimit(limits.get(resource));
    if (minutes === Number.POSITIVE_INFINITY) continue;
    findings.push(
      warning(
        check,
        `${resource} ${minutes} minutes: the server ends sessions of the services, and their work is repeated`,
        `A DBA gives the account ${profile}`,
      ),
    );
  }
  return findings.length > 0 ? findings : [well(check, 'no limit that affects the services')];
};

export type ServerLimits = {
  /** by name in lower case */
  readonly parameters: ReadonlyMap<string, string>;
  readonly resources: readonly { readonly name: string; readonly current: number; readonly limit: string }[];
};

/** Cursors beyond the cached statements: those running now, and the driver's own. */
const OTHER_CURSORS = 50;
const NEARLY_ALL = 0.85;

/**
 * The limit must be above the longest wait for Kafka inside a transaction, which is 30 s. The
 * parameter counts in minutes and exists since 19c (Oracle Database Reference,
 * MAX_IDLE_BLOCKER_TIME).
 */
const IDLE_BLOCKER_ADVICE = 'ALTER SYSTEM SET max_idle_blocker_time = 2 SCOPE = BOTH';

/**
 * Judges whether the server ends the transaction of a frozen process. Returns no finding when the
 * account cannot read the parameters. Pure.
 */
export const judgeIdleBlockers = (limits: ServerLimits | undefined): readonly Finding[] => {
  if (limits === undefined) return [];
  const check = 'oracle: idle blockers';
  const minutes = limits.parameters.get('max_idle_blocker_time')?.trim();
  if (minutes !== undefined && Number(minutes) > 0)
    return [well(check, `the server ends an idle session that blocks others after ${minutes} minutes`)];
  const [state, advice] =
    minutes === undefined
      ? [
          'this server has no max_idle_blocker_time (19c or newer)',
          'A DBA: a Resource Manager plan whose directive for these accounts has MAX_IDLE_BLOCKER_TIME 120 (seconds); without it, such a session must be ended by hand.',
        ]
      : [
          'max_idle_blocker_time is 0',
          `A DBA, in the pluggable database: ${IDLE_BLOCKER_ADVICE} (minutes; ends only idle sessions that block others).`,
        ];
  return [
    warning(
      check,
      `${state}: a process that freezes within a transaction keeps its row locks until it is ended`,
      advice,
    ),
  ];
};

/**
 * Advises to raise a limit by half, rounded up to a multiple of 50. Both parameters need a restart
 * of the instance. Pure.
 */
const toRaise = (name: string, most: number): string =>
  `A DBA, in the root of a container database, and then restarts the instance:${statements(`ALTER SYSTEM SET ${name} = ${Math.ceil((most * 1.5) / 50) * 50} SCOPE = SPFILE`)}`;

/** Judges the limits of the server; `limits` is undefined when the account cannot read them. */
export const judgeServer = (
  limits: ServerLimits | undefined,
  account: string,
  { poolMax, statementCache }: Pick<EngineSettings, 'poolMax' | 'statementCache'>,
): readonly Finding[] => {
  const check = 'oracle: limits of the server';
  const cursors = statementCache + OTHER_CURSORS;
  if (limits === undefined)
    return [
      warning(
        check,
        `${account} may not read V$PARAMETER and V$RESOURCE_LIMIT`,
        `Ask a DBA: open_cursors at least ${cursors}; room for ${poolMax} processes and sessions for each process of the services; cursor_sharing EXACT; ${IDLE_BLOCKER_ADVICE}. Or let this account read them, as SYSDBA:${statements(`GRANT SELECT ON SYS.V_$PARAMETER TO ${account}`, `GRANT SELECT ON SYS.V_$RESOURCE_LIMIT TO ${account}`)}`,
      ),
    ];
  const { parameters, resources } = limits;
  const findings: Finding[] = [];
  const open = toLimit(parameters.get('open_cursors'));
  if (open < cursors)
    findings.push(
      broken(
        check,
        `open_cursors is ${open}: a session that keeps ${statementCache} statements (ORACLE_STATEMENT_CACHE) will meet ORA-01000`,
        `A DBA: ALTER SYSTEM SET open_cursors = ${Math.max(cursors, 300)} SCOPE = BOTH`,
      ),
    );
  const sharing = parameters.get('cursor_sharing') ?? 'EXACT';
  if (sharing !== 'EXACT')
    findings.push(
      broken(
        check,
        `cursor_sharing is ${sharing}: claims read whole tables, because their indexes are on expressions with literals`,
        'A DBA: ALTER SYSTEM SET cursor_sharing = EXACT SCOPE = BOTH',
      ),
    );
  for (const { name, current, limit } of resources) {
    const most = toLimit(limit);
    if (current + poolMax > most)
      findings.push(
        broken(
          check,
          `${current} of ${most} ${name} are in use: no room for another process of the bridge`,
          toRaise(name, most),
        ),
      );
    else if (current > most * NEARLY_ALL)
      findings.push(warning(check, `${current} of ${most} ${name} are in use`, toRaise(name, most)));
  }
  if (findings.length > 0) return findings;
  const use = resources.map(({ name, current, limit }) => `${current} of ${limit.trim()} ${name}`);
  return [well(check, [`open_cursors ${open}`, ...use].join(', '))];
};

/**
 * Loads status, password expiry (epoch ms) and profile limits of the session's account.
 * @throws BridgeError DB_…
 */
export const readAccount = async ({ oracle }: Database) => {
  const users = await oracle.execute<{ account_status: string; expiry_date: Date | null }>(
    'SELECT ACCOUNT_STATUS, EXPIRY_DATE FROM USER_USERS',
  );
  const limits = await oracle.execute<{ resource_name: string; most: string }>(
    'SELECT RESOURCE_NAME, "LIMIT" AS MOST FROM USER_RESOURCE_LIMITS',
  );
  return {
    status: users.rows[0]?.account_status ?? 'unknown',
    expiresAt: users.rows[0]?.expiry_date?.getTime() ?? null,
    limits: new Map(limits.rows.map(({ resource_name, most }) => [resource_name, most])),
  };
};

/**
 * Loads the limits of the server; undefined when the account cannot read them.
 * @throws BridgeError DB_…
 */
export const readServerLimits = async ({ oracle }: Database): Promise<ServerLimits | undefined> => {
  const parameters = await unlessHidden(
    oracle.execute<{ name: string; value: string }>(
      `SELECT NAME, VALUE FROM V$PARAMETER WHERE NAME IN ('open_cursors', 'cursor_sharing', 'max_idle_blocker_time')`,
    ),
  );
  const resources = await unlessHidden(
    oracle.execute<{ name: string; current_utilization: string; limit_value: string }>(
      `SELECT RESOURCE_NAME AS NAME, CURRENT_UTILIZATION, LIMIT_VALUE FROM V$RESOURCE_LIMIT WHERE RESOURCE_NAME IN ('processes', 'sessions')`,
    ),
  );
  if (parameters === undefined || resources === undefined) return undefined;
  return {
    parameters: new Map(parameters.rows.map(({ name, value }) => [name, value])),
    resources: resources.rows.map(({ name, current_utilization, limit_value }) => ({
      name,
      current: Number(current_utilization),
      limit: limit_value,
    })),
  };
};
