/**
 * Checks that a script runs before it changes anything. DDL in the wrong place cannot be rolled
 * back, and a DBA's session may run it anywhere.
 */

/**
 * Stops in the root of a container database, where `sqlplus / as sysdba` connects: tablespaces and
 * accounts of the root are of no use in a pluggable database.
 */
export const NOT_IN_THE_ROOT = `BEGIN
  IF SYS_CONTEXT('USERENV', 'CON_NAME') = 'CDB$ROOT' THEN
    RAISE_APPLICATION_ERROR(-20010, 'nothing was done: this is the root of a container database. ALTER SESSION SET CONTAINER = the pluggable one, and run it again');
  END IF;
END;`;

/**
 * Returns a block that stops unless the session's user is `owner`. Unqualified names belong to the
 * session's schema: run as SYS, the script would create all tables there.
 */
export const onlyAs = (owner: string): string => `BEGIN
  IF SYS_CONTEXT('USERENV', 'SESSION_USER') <> '${owner}' THEN
    RAISE_APPLICATION_ERROR(-20010, 'nothing was done: log in as ${owner}, not as ' || SYS_CONTEXT('USERENV', 'SESSION_USER'));
  END IF;
END;`;

/**
 * Returns a block that stops while one of the accounts has sessions. Such an account cannot be
 * dropped, but the tablespaces that hold its tables can.
 */
export const notWhileAtWork = (accounts: readonly string[]): string => `BEGIN
  FOR S IN (SELECT DISTINCT USERNAME FROM GV$SESSION WHERE USERNAME IN (${accounts.map((name) => `'${name}'`).join(', ')})) LOOP
    RAISE_APPLICATION_ERROR(-20010, 'nothing was done: ' || S.USERNAME || ' has sessions. Stop the services first');
  END LOOP;
END;`;
