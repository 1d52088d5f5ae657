/**
 * What a script asks before it changes anything: DDL in the wrong place cannot be rolled back, and a DBA's session is let do it anywhere.
 */

/** `sqlplus / as sysdba` is in the root, whose tablespaces and accounts are no use in a pluggable database. */
export const NOT_IN_THE_ROOT = `BEGIN
  IF SYS_CONTEXT('USERENV', 'CON_NAME') = 'CDB$ROOT' THEN
    RAISE_APPLICATION_ERROR(-20010, 'nothing was done: this is the root of a container database. ALTER SESSION SET CONTAINER = the pluggable one, and run it again');
  END IF;
END;`;

/** Names without an owner's are the session's: as SYS, all tables would be SYS's. */
export const onlyAs = (owner: string): string => `BEGIN
  IF SYS_CONTEXT('USERENV', 'SESSION_USER') <> '${owner}' THEN
    RAISE_APPLICATION_ERROR(-20010, 'nothing was done: log in as ${owner}, not as ' || SYS_CONTEXT('USERENV', 'SESSION_USER'));
  END IF;
END;`;

/** An account with sessions cannot be dropped, but the tablespaces below its tables can. */
export const notWhileAtWork = (accounts: readonly string[]): string => `BEGIN
  FOR S IN (SELECT DISTINCT USERNAME FROM GV$SESSION WHERE USERNAME IN (${accounts.map((name) => `'${name}'`).join(', ')})) LOOP
    RAISE_APPLICATION_ERROR(-20010, 'nothing was done: ' || S.USERNAME || ' has sessions. Stop the services first');
  END LOOP;
END;`;
