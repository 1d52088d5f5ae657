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

/** It is there as long as a run is: roles that are there without it are somebody else's. */
const MARKER = `${REMOTE_PREFIX}RUN`;

/** What the account in ORACLE_TEST_URL does, and needs. A DBA has all of it. */
export const NEEDED: Readonly<Record<string, string>> = {
  'CREATE USER': 'the owner and the accounts of the tests',
  'ALTER USER': 'a quota for the simulated province',
  'DROP USER': 'to take them away again',
  'DROP ANY ROLE': 'the roles of the migrations, at the end',
  'GRANT ANY PRIVILEGE': 'what the owner and the accounts may do',
  'GRANT ANY ROLE': 'the role of each account',
  'CREATE ANY SYNONYM': 'the names that each account uses',
  'SELECT ANY DICTIONARY': 'DBA_USERS, DBA_ROLES, V$SESSION: who is there, and who waits for a lock',
};

export type Preparation = { readonly ready: boolean; readonly lines: readonly string[] };

const missingOf = async ({ oracle }: Database): Promise<readonly string[]> => {
  const { rows } = await oracle.execute<{ privilege: string }>('SELECT PRIVILEGE FROM SESSION_PRIVS');
  const held = new Set(rows.map(({ privilege }) => privilege));
  return Object.keys(NEEDED).filter((privilege) => !held.has(privilege));
};

/** Takes away what begins with the prefix, and the roles. The marker goes last. */
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
      'this is the root of a container database, where no ordinary account can be made: take the service of a pluggable one',
    );
  const missing = await missingOf(dba);
  if (missing.length > 0)
    return stop(
      'the account in ORACLE_TEST_URL may not do what the tests need. A DBA runs, or another account is taken:',
      // SQL*Plus takes no comment behind a semicolon
      ...missing.map((privilege) => `  GRANT ${privilege} TO <account> /* ${NEEDED[privilege]} */;`),
    );
  const { users, roles } = await findOurs(dba);
  if (roles.length > 0 && users.length === 0)
    return stop(
      `${roles.join(', ')} are there, so the bridge is installed in this database, and its roles would be taken from its accounts: take an empty database`,
    );
  try {
    await waitUntil('sessions of an earlier run to end', async () => (await countSessions(dba)) === 0, 20_000);
  } catch {
    return stop(
      `accounts ${REMOTE_PREFIX}… have sessions: another run is at work on this server, or was stopped; end its sessions first`,
    );
  }
  const left = await cleanUp(dba);
  if (left.length > 0) lines.push(`left behind by an earlier run, dropped now: ${left.join(', ')}`);
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

/** Looks whether tests may run on this server, says what stands in their way, and takes away what a killed run left. */
export const prepareServer = (url: string): Promise<Preparation> => onServer(url, prepare);

/** At the end, whatever happened. Resolves to what the tests should have taken away themselves. */
export const leaveServer = (url: string): Promise<readonly string[]> => onServer(url, cleanUp);
