import { rolesOf } from '../../../migrations/0002-access/access-oracle';
import type { Database } from '../../../shared/database/database';
import { openDatabase } from '../../../shared/database/open-database';
import { BridgeError } from '../../../shared/errors';
import { loadExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { waitUntil } from '../wait-until';

/** The prefix of every account that tests create on an external server. */
export const REMOTE_PREFIX = 'SMSTEST_';

/** Some servers refuse simple passwords. */
export const REMOTE_PASSWORD = 'Sms_Bridge_2026_Test';

/**
 * Returns the URL of a real Oracle, with an account that may create others; undefined means the
 * stand-in.
 */
export const remoteUrl = (): string | undefined => process.env.ORACLE_TEST_URL || undefined;

export const toRemoteLogin = (url: string, username: string): string =>
  Object.assign(new URL(url), { username, password: REMOTE_PASSWORD }).href;

export const openRemote = (url: string): Database =>
  openDatabase({ url, applicationName: 'sms-bridge-tests', poolMax: 8, statementTimeoutMs: 60_000 });

const isNumber = (error: unknown, number: string): boolean =>
  error instanceof BridgeError && error.message.includes(`[ORA-${number}]`);

const ROLES = rolesOf(loadExchangeMapping());

/**
 * Finds the accounts of tests by their prefix, and the roles of the migrations, whose names are the
 * same everywhere.
 */
export const findOurs = async ({
  oracle,
}: Database): Promise<{ users: readonly string[]; roles: readonly string[] }> => {
  const users = await oracle.execute<{ username: string }>(
    `SELECT USERNAME FROM DBA_USERS WHERE SUBSTR(USERNAME, 1, ${REMOTE_PREFIX.length}) = :1 ORDER BY USERNAME`,
    [REMOTE_PREFIX],
  );
  const roles = await oracle.execute<{ role: string }>(
    `SELECT ROLE FROM DBA_ROLES WHERE ROLE IN (${ROLES.map((_, at) => `:${at + 1}`).join(', ')}) ORDER BY ROLE`,
    ROLES,
  );
  return { users: users.rows.map(({ username }) => username), roles: roles.rows.map(({ role }) => role) };
};

/** Counts the sessions of tests. */
export const countSessions = async ({ oracle }: Database): Promise<number> => {
  const { rows } = await oracle.execute(
    `SELECT SID FROM V$SESSION WHERE SUBSTR(USERNAME, 1, ${REMOTE_PREFIX.length}) = :1`,
    [REMOTE_PREFIX],
  );
  return rows.length;
};

/**
 * Drops an account with everything that it owns; no error when it does not exist. A closed session
 * ends on the server a moment later.
 */
export const dropUser = (dba: Database, username: string): Promise<unknown> =>
  waitUntil(
    `the sessions of ${username} to end`,
    async () => {
      try {
        await dba.oracle.execute(`DROP USER ${username} CASCADE`);
      } catch (error) {
        if (isNumber(error, '01940')) return false;
        if (!isNumber(error, '01918')) throw error;
      }
      return true;
    },
    60_000,
  );

export const dropRole = async (dba: Database, role: string): Promise<void> => {
  try {
    await dba.oracle.execute(`DROP ROLE ${role}`);
  } catch (error) {
    if (!isNumber(error, '01919')) throw error;
  }
};
