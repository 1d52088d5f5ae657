import { setTimeout as pause } from 'node:timers/promises';
import { prepareMigrations } from '../../migrations';
import type { DbaOptions } from '../../migrations/oracle/oracle-dba';
import type { Database } from '../../shared/database/database';
import { BridgeError } from '../../shared/errors';
import type { Country } from '../../shared/sms/normalise-msisdn';
import { listMigrations } from '../migrate/list-migrations';
import { migrating } from '../migrate/migrating';
import { answersSwitch } from '../migrate/switch-answers';
import { sessionsOf } from './look-at-server';
import type { Installation } from './script-options';

export type Report = (step: string, name: string, result: string, text: string) => void;

type Work = {
  readonly dba: Database;
  readonly openOwner: () => Database;
  readonly owner: string;
  readonly wanted: Installation;
  readonly options: DbaOptions;
  readonly report: Report;
};

const asOwner = async <T>(openOwner: () => Database, work: (db: Database) => Promise<T>): Promise<T> => {
  const db = openOwner();
  try {
    return await work(db);
  } finally {
    await db.close();
  }
};

/**
 * Logs in as the owner, so that a wrong password is found before anything is changed.
 * @throws BridgeError DB_LOGIN, DB_…
 */
export const tryLogin = (openOwner: () => Database, owner: string): Promise<void> =>
  asOwner(openOwner, async ({ oracle }) => {
    try {
      await oracle.execute('SELECT 1 AS X FROM DUAL');
    } catch (error) {
      if ((error as BridgeError).code !== 'DB_LOGIN') throw error;
      throw new BridgeError(
        'DB_LOGIN',
        `${owner} exists, but its password in --passwords is wrong; nothing was changed: ${(error as Error).message}`,
        { cause: error },
      );
    }
  });

const isLocked = async ({ oracle }: Database): Promise<boolean> => {
  const table = await oracle.execute(`SELECT TABLE_NAME FROM USER_TABLES WHERE TABLE_NAME = 'knex_migrations_lock'`);
  if (table.rows.length === 0) return false;
  const { rows } = await oracle.execute('SELECT "is_locked" FROM "knex_migrations_lock" WHERE "is_locked" = 1');
  return rows.length > 0;
};

const LINGERING_MS = 10_000;

/**
 * Tells whether the owner has no sessions, which means that no migration is running. Waits up to
 * ten seconds, because closed sessions disappear with a delay.
 */
const hasNoSessions = async (dba: Database, owner: string): Promise<boolean> => {
  const until = performance.now() + LINGERING_MS;
  while ((await sessionsOf(dba, [owner])).length > 0) {
    if (performance.now() > until) return false;
    await pause(500);
  }
  return true;
};

/**
 * Runs the owner's part of an installation, as `sms-bridge migrate` does. The lock of a killed
 * migration is released when the owner has no sessions: an installation that runs unattended at
 * each start has no operator to release it.
 * @throws BridgeError MIGRATION_LOCKED, DB_…
 */
export const migrateAsOwner = async ({ dba, openOwner, owner, wanted, options, report }: Work): Promise<void> => {
  const { mapping } = wanted;
  const locked = await asOwner(openOwner, isLocked);
  const free = locked && (await hasNoSessions(dba, owner));
  await asOwner(openOwner, async (db) => {
    const { done } = await listMigrations(db, mapping);
    const config = await migrating(prepareMigrations(db, mapping, options));
    if (free) {
      await migrating(db.knex.migrate.forceFreeMigrationsLock(config));
      report('lock', 'knex_migrations_lock', 'freed', 'the lock of an interrupted migration: released');
    }
    const [, made] = (await migrating(db.knex.migrate.latest(config))) as [number, readonly string[]];
    for (const name of done) report('migration', name, 'there', `migration ${name}: already done`);
    for (const name of made) report('migration', name, 'done', `migration ${name}: done`);
    if (wanted.options.answersInDatabase !== true) return;
    await answersSwitch('oracledb').on(db, mapping, options, wanted.options.country as Country);
    report('answers', 'in the database', 'done', 'replies: settled in the database, until `oracle script answers-off`');
  });
};
