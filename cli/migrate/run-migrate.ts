import type { Knex } from 'knex';
import { prepareMigrations } from '../../migrations';
import type { MigrationOptions } from '../../migrations/oracle/oracle-tablespaces';
import type { Database } from '../../shared/database/database';
import { type ExchangeMapping, loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import type { Country } from '../../shared/sms/normalise-msisdn';
import { loadMigrationSettings } from '../connect/settings';
import { withDatabase } from '../connect/with-database';
import { refuseStrangers } from '../oracle/refuse-strangers';
import { EXIT, usageError } from '../report-error';
import type { CliContext, Run } from '../run-action';
import { listMigrations } from './list-migrations';
import { migrating } from './migrating';
import { DEFAULT_WINDOW_HOURS, OLD_REPORTS_ADVICE } from './old-reports';
import { answersSwitch } from './switch-answers';
import { tablesWithRows } from './tables-with-rows';
import { LOCK_PATIENCE_MS, whenFree } from './when-free';

export type MigrateArguments = {
  readonly down?: boolean;
  readonly status?: boolean;
  readonly unlock?: boolean;
  readonly yes?: boolean;
};

type Settings = ReturnType<typeof loadMigrationSettings>;

type Work = {
  readonly context: CliContext;
  readonly db: Database;
  readonly mapping: ExchangeMapping;
  readonly config: Knex.MigratorConfig;
  readonly settings: Settings;
};

const optionsOf = (settings: Settings): MigrationOptions => ({
  tablespaces: settings.ORACLE_TABLESPACES,
  logPartitions: settings.ORACLE_LOG_PARTITIONS,
});

const showStatus = async ({ context: { output }, db, mapping }: Omit<Work, 'config' | 'settings'>): Promise<number> => {
  const { done, missing } = await listMigrations(db, mapping);
  for (const name of done)
    output.emit({ migration: name, done: true }, () => `${output.colours.green('done   ')} ${name}`);
  for (const name of missing) {
    output.emit({ migration: name, done: false }, () => `${output.colours.yellow('missing')} ${name}`);
  }
  if (missing.length === 0) return EXIT.ok;
  output.note('run the missing ones by `sms-bridge migrate`');
  return EXIT.failed;
};

/** Without the setting, nothing changes. */
const setAnswers = async ({ context: { output }, db, mapping, settings }: Work): Promise<void> => {
  const wanted = settings.ORACLE_ANSWERS_IN_DATABASE;
  if (wanted === undefined) return;
  const answers = answersSwitch(db.engine);
  if (wanted === 'on') {
    await answers.on(db, mapping, optionsOf(settings), settings.COUNTRY as Country);
    output.emit({ answersInDatabase: 'on' }, () => 'replies are settled in the database from now on');
    output.note('no event is published about them until ORACLE_ANSWERS_IN_DATABASE=off gives them to the collector');
    return;
  }
  if (!(await answers.isOn(db))) return;
  const old = await answers.oldReports(db);
  if (old > 0)
    output.note(`${old} reports were kept for more than ${DEFAULT_WINDOW_HOURS} hours: ${OLD_REPORTS_ADVICE}`);
  const given = await answers.off(db, mapping);
  output.emit({ answersInDatabase: 'off', given }, () => `${given} kept replies were given to the collector`);
};

const goUp = async (work: Work): Promise<number> => {
  const {
    context: { output },
    db,
    config,
  } = work;
  const [, names] = (await whenFree(work.context, () => migrating(db.knex.migrate.latest(config)))) as [
    number,
    string[],
  ];
  for (const name of names) output.emit({ migration: name, result: 'done' }, () => `done ${name}`);
  if (names.length === 0) output.say('nothing to do: the database is up to date');
  await setAnswers(work);
  return EXIT.ok;
};

const goDown = async ({ context, db, mapping, config }: Work, yes: boolean): Promise<number> => {
  const { output } = context;
  if (await answersSwitch(db.engine).isOn(db)) {
    throw usageError('replies are kept in the database: first run ORACLE_ANSWERS_IN_DATABASE=off sms-bridge migrate');
  }
  const filled = yes ? [] : await tablesWithRows(db, mapping);
  if (filled.length > 0) {
    throw usageError(
      `undoing a migration may drop rows, and these tables have some: ${filled.join(', ')}. Add --yes to drop them`,
    );
  }
  const [, undone] = (await whenFree(context, () => migrating(db.knex.migrate.down(config)))) as [number, string[]];
  for (const name of undone) output.emit({ migration: name, result: 'undone' }, () => `undone ${name}`);
  if (undone.length === 0) output.say('nothing to undo');
  return EXIT.ok;
};

/**
 * Runs `sms-bridge migrate`. Returns EXIT.failed for `--status` when migrations are missing.
 * @throws BridgeError USAGE, CONFIG_INVALID, MIGRATION_LOCKED, DB_…
 */
export const runMigrate: Run<MigrateArguments> = async (context, options) => {
  const { down, status, unlock, yes } = options;
  if ([down, status, unlock].filter(Boolean).length > 1) {
    throw usageError('give only one of --down, --status and --unlock');
  }
  const settings = loadMigrationSettings(context.env);
  const mapping = loadExchangeMapping(settings.EXCHANGE_FILE);
  const run = async (db: Database): Promise<number> => {
    await refuseStrangers(db);
    if (status) return showStatus({ context, db, mapping });
    const config = await migrating(prepareMigrations(db, mapping, optionsOf(settings)));
    const work: Work = { context, db, mapping, config, settings };
    if (down) return goDown(work, yes === true);
    if (!unlock) return goUp(work);
    await migrating(db.knex.migrate.forceFreeMigrationsLock(config));
    context.output.say('unlocked');
    return EXIT.ok;
  };
  return withDatabase(settings, run, { lockTimeoutMs: LOCK_PATIENCE_MS });
};
