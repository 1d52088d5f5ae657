import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import { unlessHidden } from './unless-hidden';

/** A session in the database of a process that runs now. */
export type Session = {
  /** as the services name themselves: service and instance */
  readonly name: string;
  /** time since its last statement began; null: this account may not see it */
  readonly quietSeconds: number | null;
};

/** A session that keeps locks on tables for long. */
export type Holder = {
  readonly who: string;
  readonly seconds: number;
  readonly tables: readonly string[];
  /** the statement that ends it */
  readonly end: string;
};

type Looks = {
  /** Returns undefined when the account may not see the sessions of others. */
  readonly sessions: (db: Database) => Promise<readonly Session[] | undefined>;
  readonly holders: (db: Database, seconds: number) => Promise<readonly Holder[] | undefined>;
};

const POSTGRES_HOLDERS = `
SELECT s.pid, concat_ws(', ', s.usename, nullif(s.application_name, ''), host(s.client_addr)) AS who,
       extract(epoch FROM now() - s.xact_start)::float8 AS seconds, array_agg(DISTINCT l.relation::regclass::text) AS tables
  FROM pg_stat_activity s JOIN pg_locks l ON l.pid = s.pid JOIN pg_class c ON c.oid = l.relation
 WHERE s.datname = current_database() AND l.locktype = 'relation' AND l.granted AND l.mode <> 'AccessShareLock'
   AND c.relkind IN ('r', 'p') AND c.relnamespace <> 'pg_catalog'::regnamespace
   AND s.xact_start < now() - make_interval(secs => $1) AND s.pid <> pg_backend_pid() AND s.backend_type = 'client backend'
 GROUP BY s.pid, s.usename, s.application_name, s.client_addr, s.xact_start ORDER BY s.xact_start LIMIT 10`;

const MAY_SEE = `SELECT pg_has_role('pg_read_all_stats', 'USAGE') AS yes`;

const ORACLE_HOLDERS = `SELECT S.SID, S.SERIAL# AS SERIAL, S.USERNAME, S.PROGRAM, S.MACHINE, S.LAST_CALL_ET AS SECONDS, O.OBJECT_NAME
  FROM V$LOCKED_OBJECT L JOIN V$SESSION S ON S.SID = L.SESSION_ID JOIN ALL_OBJECTS O ON O.OBJECT_ID = L.OBJECT_ID
 WHERE S.LAST_CALL_ET > :1 ORDER BY S.LAST_CALL_ET DESC`;

const LOOKS: PerEngine<Looks> = {
  pg: {
    // Every account may see the names, but when another one's session did something only some may.
    sessions: async ({ query }) => {
      const { rows } = await query<{ name: string; quiet: number | null }>(
        `SELECT application_name AS name, extract(epoch FROM now() - state_change)::float8 AS quiet
           FROM pg_stat_activity WHERE datname = current_database() AND backend_type IS DISTINCT FROM 'parallel worker'`,
      );
      return rows.map(({ name, quiet }) => ({ name, quietSeconds: quiet }));
    },
    holders: async ({ query }, seconds) => {
      if ((await query<{ yes: boolean }>(MAY_SEE)).rows[0]?.yes !== true) return undefined;
      const { rows } = await query<{ pid: number; who: string; seconds: number; tables: string[] }>(POSTGRES_HOLDERS, [
        seconds,
      ]);
      return rows.map(({ pid, ...holder }) => ({ ...holder, end: `SELECT pg_terminate_backend(${pid})` }));
    },
  },
  oracledb: {
    sessions: async ({ oracle }) => {
      const found = await unlessHidden(
        oracle.execute<{ name: string | null; quiet: number | string }>(
          `SELECT CLIENT_IDENTIFIER AS NAME, LAST_CALL_ET AS QUIET FROM GV$SESSION WHERE TYPE = 'USER'`,
        ),
      );
      return found?.rows.map(({ name, quiet }) => ({ name: name ?? '', quietSeconds: Number(quiet) }));
    },
    holders: async ({ oracle }, seconds) => {
      type Row = Record<
        'sid' | 'serial' | 'username' | 'program' | 'machine' | 'seconds' | 'object_name',
        string | null
      >;
      const found = await unlessHidden(oracle.execute<Row>(ORACLE_HOLDERS, [seconds], { maxRows: 10 }));
      return found?.rows.map((row) => ({
        who: [row.username, row.program, row.machine].filter(Boolean).join(', '),
        seconds: Number(row.seconds),
        tables: [row.object_name ?? '?'],
        end: `ALTER SYSTEM KILL SESSION '${row.sid},${row.serial}' IMMEDIATE`,
      }));
    },
  },
};

export const lookAtSessions = (db: Database): Promise<readonly Session[] | undefined> =>
  forEngine(db.engine, LOOKS).sessions(db);

/** @param seconds how long, at least */
export const lookAtHolders = (db: Database, seconds: number): Promise<readonly Holder[] | undefined> =>
  forEngine(db.engine, LOOKS).holders(db, seconds);
