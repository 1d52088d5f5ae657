import { profileStatements } from '../../migrations/oracle/oracle-dba';
import { statements } from '../doctor/finding';

type Advice = (account: string, message: string) => string;

/** The name is quoted in every language of the server, except in the English messages of 23ai. */
const tablespaceIn = (message: string): string =>
  (/'([^']+)'/.exec(message) ?? /tablespace (\w+)/i.exec(message))?.[1] ?? '<tablespace>';

const quota: Advice = (account, message) => `A DBA: ALTER USER ${account} QUOTA UNLIMITED ON ${tablespaceIn(message)}`;

const noRoom: Advice = () =>
  `The server has no process or session left. Set DATABASE_POOL_MAX lower, or a DBA raises processes (ALTER SYSTEM SET processes = … SCOPE = SPFILE in the root of a container database, and a restart). To see which programs hold them:${statements('SELECT PROGRAM, COUNT(*) FROM V$SESSION GROUP BY PROGRAM')}`;

/** Advice by ORA number, for numbers that tell more than the bridge's own error code. */
const ADVICE: readonly (readonly [RegExp, Advice])[] = [
  [
    /\bORA-01017\b/,
    () =>
      'Name or password is wrong: DATABASE_URL, DATABASE_PASSWORD or DATABASE_PASSWORD_FILE. Each try counts towards FAILED_LOGIN_ATTEMPTS of the profile, which locks the account.',
  ],
  [
    /\bORA-28000\b/,
    (account) =>
      `A DBA: ALTER USER ${account} ACCOUNT UNLOCK. If it is locked again, some process has an old password: FAILED_LOGIN_ATTEMPTS of its profile.`,
  ],
  [
    /\bORA-28001\b/,
    (account) => `A DBA: ALTER USER ${account} IDENTIFIED BY "…"; the same into DATABASE_PASSWORD of its processes.`,
  ],
  [/\bORA-01045\b/, (account) => `A DBA: GRANT CREATE SESSION TO ${account}`],
  [
    /\bORA-02391\b/,
    (account) =>
      `SESSIONS_PER_USER of the account's profile is reached. Set DATABASE_POOL_MAX lower, or a DBA gives it its own profile (the first only once):${statements(...profileStatements(account))}`,
  ],
  [/\bORA-(00018|00020|12516|12518|12519|12520)\b/, noRoom],
  [/\bORA-01000\b/, () => 'A DBA: ALTER SYSTEM SET open_cursors = 300 SCOPE = BOTH'],
  [/\bORA-(01536|01950)\b/, quota],
  [
    /\bORA-00959\b/,
    (_account, message) =>
      `A DBA creates ${tablespaceIn(message)} (\`sms-bridge oracle script dba\` prints how). To do without: ORACLE_TABLESPACES=off, --tablespaces off.`,
  ],
  [
    /\bORA-02199\b/,
    () =>
      'This server has no place for data files (db_create_file_dest): give --datafiles, a directory or a disk group.',
  ],
  [/\bORA-28003\b/, () => "The server's rules (PASSWORD_VERIFY_FUNCTION of the profile) refuse this password."],
  [/\bORA-00439\b/, () => 'Without that option: --log-partitions off, ORACLE_LOG_PARTITIONS=off.'],
];

/** Returns the advice for the ORA number in an error's message, if there is one. Pure. */
export const adviceByNumber = (message: string, account = '<account>'): string | undefined =>
  ADVICE.find(([pattern]) => pattern.test(message))?.[1](account, message);
