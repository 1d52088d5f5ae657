import type { Database } from '../../../shared/database/database';
import { waitUntil } from '../wait-until';
import {
  countSessions,
  dropRole,
  dropUser,
  findOurs,
  openRemote,
  REMOTE_PASSWORD,
  REMOTE_PREFIX,
} from './remote-oracle';

/** It exists during a run: roles without it belong to an installation. */
const MARKER = `${REMOTE_PREFIX}RUN`;

/**
 * The rights that the account in ORACLE_TEST_URL needs, each with its use. A DBA has all of them.
 */
export const NEEDED: Readonly<Record<string, string>> = {
  'CREATE USER': 'the owner and the accounts of the tests',
  'ALTER USER': 'a quota for the simulated province',
  'DROP USER': 'to remove them again',
  'DROP ANY ROLE': 'the roles of the migrations, when a run ends',
  'GRANT ANY PRIVILEGE': 'the rights of the owner and the accounts',
  'GRANT ANY ROLE': 'the role of each account',
  'CREATE ANY SYNONYM': 'the synonyms of each account',
  'SELECT ANY DICTIONARY': 'DBA_USERS, DBA_ROLES, V$SESSION: the accounts, and the sessions that wait for a lock',
};

export type Preparation = { readonly ready: boolean; readonly lines: readonly string[] };

const missingOf = async ({ oracle }: Database): Promise<readonly string[]> => {
  const { rows } = await oracle.execute<{ privilege: string }>('SELECT PRIVILEGE FROM SESSION_PRIVS');
  const held = new Set(rows.map(({ privilege }) => privilege));
  return Object.keys(NEEDED).filter((privilege) => !held.has(privilege));
};

/** Drops all accounts with the prefix, and the roles; the marker last. */
const cleanUp = async (dba: Database): Promise<readonly string[]> => {
  const { users, roles } = await findOurs(dba);
  for (const username of users.filter((name) => name !== MARKER)) await dropUser(dba, username);
  for (const role of roles) await dropRole(dba, role);
  if (users.includes(MARKER)) await dropUser(dba, MARKER);
  return [...users.filter((name) => name !== MARKER), ...roles];
};

const prepare = async (dba: Database): Promise<Preparation> => {
  const { oracle } = dba;
  const [version] = (
    await oracle.execute<{ banner: string; container: string }>(
      `SELECT BANNER, SYS_CONTEXT('USERENV', 'CON_NAME') AS CONTAINER FROM V$VERSION`,
    )
  ).rows;
  const lines = [`server: ${version?.banner}, container ${version?.container}`];
  const stop = (...problem: readonly string[]): Preparation => ({ ready: false, lines: [...lines, ...problem] });
  if (version?.container === 'CDB$ROOT')
    return stop(
      'this is the root of a container database, which allows no ordinary account: use the service of a pluggable database',
    );
  const missing = await missingOf(dba);
  if (missing.length > 0)
    return stop(
      'the account in ORACLE_TEST_URL lacks rights that the tests need. Let a DBA grant them, or use another account:',
      // SQL*Plus takes no comment after a semicolon
      ...missing.map((privilege) => `  GRANT ${privilege} TO <account> /* ${NEEDED[privilege]} */;`),
    );
  const { users, roles } = await findOurs(dba);
  if (roles.length > 0 && users.length === 0)
    return stop(
      `the roles ${roles.join(', ')} exist: the bridge is installed in this database, and its accounts would lose them. Use an empty database`,
    );
  try {
    await waitUntil('sessions of an earlier run to end', async () => (await countSessions(dba)) === 0, 20_000);
  } catch {
    return stop(
      `accounts ${REMOTE_PREFIX}… have sessions: another run is active or was stopped. End its sessions first`,
    );
  }
  const left = await cleanUp(dba);
  if (left.length > 0) lines.push(`remains of an earlier run, dropped now: ${left.join(', ')}`);
  await oracle.execute(`CREATE USER ${MARKER} IDENTIFIED BY "${REMOTE_PASSWORD}" ACCOUNT LOCK`);
  return { ready: true, lines };
};

const onServer = async <T>(url: string, work: (dba: Database) => Promise<T>): Promise<T> => {
  const dba = openRemote(url);
  try {
    return await work(dba);
  } finally {
    await dba.close();
  }
};

/**
 * Checks whether tests may run on this server, reports the obstacles, and removes the remains of a
 * killed run.
 */
export const prepareServer = (url: string): Promise<Preparation> => onServer(url, prepare);

/**
 * Cleans up at the end, after failures too. Resolves to the objects that the tests should have
 * removed.
 */
export const leaveServer = (url: string): Promise<readonly string[]> => onServer(url, cleanUp);
