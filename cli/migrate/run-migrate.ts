import type { Knex } from 'knex';
import { prepareMigrations } from '../../migrations';
import { toDatabaseError } from '../../services/shared/database/database-errors';
import type { Database } from '../../services/shared/database/open-database';
import { BridgeError, messageOf } from '../../services/shared/errors';
import { type ExchangeNames, loadExchangeNames } from '../../services/shared/exchange/exchange-names';
import { loadMigrationSettings } from '../connect/settings';
import { withDatabase } from '../connect/with-database';
import { EXIT, usageError } from '../report-error';
import type { CliContext, Run } from '../run-action';
import { listMigrations } from './list-migrations';
import { tablesWithRows } from './tables-with-rows';

export type MigrateArguments = {
  readonly down?: boolean;
  readonly status?: boolean;
  readonly unlock?: boolean;
  readonly yes?: boolean;
};

type Work = {
  readonly context: CliContext;
  readonly db: Database;
  readonly names: ExchangeNames;
  readonly config: Knex.MigratorConfig;
};

/** knex throws what the driver threw, or its own error about the lock. */
const migrating = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    if (/lock/i.test((error as Error).name) || /already locked/i.test(messageOf(error))) {
      throw new BridgeError(
        'MIGRATION_LOCKED',
        'another migration is running; if it was killed, `sms-bridge migrate --unlock` takes its lock away',
      );
    }
    throw toDatabaseError(error);
  }
};

const showStatus = async ({ context: { output }, db, names }: Omit<Work, 'config'>): Promise<number> => {
  const { done, missing } = await listMigrations(db, names);
  for (const name of done)
    output.emit({ migration: name, done: true }, () => `${output.colours.green('done   ')} ${name}`);
  for (const name of missing) {
    output.emit({ migration: name, done: false }, () => `${output.colours.yellow('missing')} ${name}`);
  }
  if (missing.length === 0) return EXIT.ok;
  output.note('`sms-bridge migrate` does what is missing');
  return EXIT.failed;
};

const goUp = async ({ context: { output }, db, config }: Work): Promise<number> => {
  const [, names] = (await migrating(db.knex.migrate.latest(config))) as [number, string[]];
  for (const name of names) output.emit({ migration: name, result: 'done' }, () => `done ${name}`);
  if (names.length === 0) output.say('nothing to do: the database is up to date');
  return EXIT.ok;
};

const goDown = async ({ context: { output }, db, names, config }: Work, yes: boolean): Promise<number> => {
  const filled = yes ? [] : await tablesWithRows(db, names);
  if (filled.length > 0) {
    throw usageError(
      `undoing a migration may drop rows, and there are some in ${filled.join(', ')}: add --yes if they may go`,
    );
  }
  const [, undone] = (await migrating(db.knex.migrate.down(config))) as [number, string[]];
  for (const name of undone) output.emit({ migration: name, result: 'undone' }, () => `undone ${name}`);
  if (undone.length === 0) output.say('nothing to undo');
  return EXIT.ok;
};

/** `sms-bridge migrate` */
export const runMigrate: Run<MigrateArguments> = async (context, options) => {
  const { down, status, unlock, yes } = options;
  if ([down, status, unlock].filter(Boolean).length > 1) {
    throw usageError('--down, --status and --unlock are different things: give one of them');
  }
  const settings = loadMigrationSettings(context.env);
  const names = loadExchangeNames(settings.EXCHANGE_FILE);
  return withDatabase(settings, async (db) => {
    if (status) return showStatus({ context, db, names });
    const config = await migrating(
      prepareMigrations(db, names, {
        tablespaces: settings.ORACLE_TABLESPACES,
        logPartitions: settings.ORACLE_LOG_PARTITIONS,
      }),
    );
    const work: Work = { context, db, names, config };
    if (down) return goDown(work, yes === true);
    if (!unlock) return goUp(work);
    await migrating(db.knex.migrate.forceFreeMigrationsLock(config));
    context.output.say('unlocked');
    return EXIT.ok;
  });
};
