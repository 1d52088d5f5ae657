import { Command } from 'commander';
import { runAction } from './run-action';

const HELP = `
Run it as the owner of the tables, who may also create roles. Names of the
exchange tables come from EXCHANGE_FILE.

Examples:
  # run the missing migrations
  $ sms-bridge migrate --database postgres://owner@db/sms
  $ sms-bridge migrate --status
  # undo the newest one, with the data in its tables
  $ sms-bridge migrate --down --yes
`;

export const migrateCommand = (): Command =>
  new Command('migrate')
    .summary('create or update tables, views and roles')
    .description('Brings the database to the state that this version needs.')
    .option('--down', 'undo the newest migration')
    .option('--status', 'list done and missing migrations; exit code 1 if any is missing')
    .option('--unlock', 'release the lock of a killed migration')
    .option('--yes', 'with --down: also when that drops rows')
    .addHelpText('after', HELP)
    .action(runAction(async () => (await import('./migrate/run-migrate.js')).runMigrate));
