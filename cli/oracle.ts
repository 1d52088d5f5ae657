import { Command } from 'commander';
import { type AccountArgument, toAccount, toName, toSize } from './oracle/oracle-arguments';
import { runAction } from './run-action';
import { wholeNumber } from './whole-number';

const HELP = `
A DBA runs, in this order (docs/oracle/install.md):
  # as SYSDBA: tablespaces and the owner
  $ sms-bridge oracle script dba > 1-dba.sql
  # as the owner: tables, views, trigger, roles, grants
  $ sms-bridge oracle script owner > 2-owner.sql
  # as SYSDBA: accounts and their synonyms
  $ sms-bridge oracle script accounts --account BILLING:SMS_APPLICATION > 3.sql
  # as SYSDBA: removes everything, data too
  $ sms-bridge oracle uninstall --account BILLING:SMS_APPLICATION > drop.sql
SQL*Plus asks for each password; none is in a script. Nothing connects to a
database.

Or everything at once, with a DBA's account. It may be repeated: existing
objects are skipped.
  $ sms-bridge oracle install --database oracle://SYSTEM@db:1521/service \\
      --passwords secrets --account BILLING:SMS_APPLICATION
  $ sms-bridge oracle uninstall --database oracle://SYSTEM@db:1521/service \\
      --account BILLING:SMS_APPLICATION --yes

A time without Kafka begins and ends with these, as the owner
(docs/oracle/without-kafka.md):
  $ sms-bridge oracle script answers-on > on.sql
  $ sms-bridge oracle script answers-off > off.sql
`;

const collect = (value: string, before: readonly AccountArgument[] = []): readonly AccountArgument[] => [
  ...before,
  toAccount(value),
];

const collectNames = (value: string, before: readonly string[] = []): readonly string[] => [...before, toName(value)];

const withOptions = (command: Command): Command =>
  command
    .option('--owner <name>', 'the account that owns the tables', toName, 'YJSMS')
    .option('--account <name:role>', 'an account and its role; may be given several times', collect, [])
    .option('--own-tables <name>', 'this account may create tables, as the simulator must', collectNames, [])
    .option('--tablespaces <on|off>', 'off: everything goes into the default tablespace', 'on')
    .option('--log-partitions <on|off>', 'on: a partition for each month of the histories (needs a licence)', 'off')
    .option('--answers-in-database <on|off>', 'on: triggers settle replies, for a time without Kafka', 'off')
    .option('--country <code>', 'the country whose numbers have no country code', 'CN')
    .option(
      '--default-tablespace <name>',
      "for objects that name no tablespace (default: USERS, or the server's)",
      toName,
    )
    .option('--datafiles <place>', 'a directory or an ASM disk group; default: the server decides (OMF)')
    .option('--size <size>', 'initial size of each data file, and of its extensions', toSize, '100M');

export const oracleCommand = (): Command => {
  const oracle = new Command('oracle')
    .summary('install on Oracle, or print the scripts for a DBA')
    .description('The same statements that the migrations run: as scripts for SQL*Plus, or run directly.')
    .addHelpText('after', HELP);
  withOptions(
    oracle.command('script <part>').description('Prints one part: dba, owner, accounts, answers-on or answers-off.'),
  ).action(runAction(async () => (await import('./oracle/run-oracle.js')).runOracleScript));
  withOptions(
    oracle
      .command('install')
      .summary("runs what the scripts contain, with a DBA's account")
      .description(
        'Creates tablespaces, owner, tables, roles and accounts on the Oracle server of --database, whose account must be a DBA. Existing objects are skipped; an existing account keeps its password.',
      ),
  )
    .option(
      '--passwords <directory>',
      'a file for each new account, named in lower case: billing or database_billing; for the owner also owner or database_owner',
    )
    .option('--wait <seconds>', 'how long to wait for a server that is starting', wholeNumber(0, 86_400), 0)
    .action(runAction(async () => (await import('./oracle/run-install.js')).runOracleInstall));
  withOptions(
    oracle.command('uninstall').description('Prints the script that removes everything; with --database, removes it.'),
  )
    .option('--yes', 'with --database: delete the schema and all messages')
    .action(runAction(async () => (await import('./oracle/run-uninstall.js')).runOracleUninstall));
  return oracle;
};
