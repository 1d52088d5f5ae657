import { Command } from 'commander';
import { type AccountArgument, toAccount, toName, toSize } from './oracle/oracle-arguments';
import { runAction } from './run-action';

const HELP = `
A DBA runs, in this order (docs/oracle.md):
  $ sms-bridge oracle script dba > 1-dba.sql                                     as SYSDBA: tablespaces and the owner
  $ sms-bridge oracle script owner > 2-owner.sql                                 as the owner: tables, views, trigger, roles, grants
  $ sms-bridge oracle script accounts --account BILLING:SMS_APPLICATION > 3.sql  as SYSDBA: accounts and their synonyms
  $ sms-bridge oracle uninstall --account BILLING:SMS_APPLICATION > drop.sql     as SYSDBA: takes all of it away, data too

A time without Kafka begins and ends with these, as the owner (docs/oracle.md, Without Kafka):
  $ sms-bridge oracle script answers-on > on.sql
  $ sms-bridge oracle script answers-off > off.sql

SQL*Plus asks for each password; none is in a script. Nothing connects to a database.
`;

const collect = (value: string, before: readonly AccountArgument[] = []): readonly AccountArgument[] => [
  ...before,
  toAccount(value),
];

const withOptions = (command: Command): Command =>
  command
    .option('--owner <name>', 'the account that owns the tables', toName, 'YJSMS')
    .option('--account <name:role>', 'an account and its role; may be given several times', collect, [])
    .option('--tablespaces <on|off>', 'off: everything lies in the default tablespace', 'on')
    .option('--log-partitions <on|off>', 'on: a partition for each month of the histories (needs a licence)', 'off')
    .option('--answers-in-database <on|off>', 'on: triggers settle answers, for a time without Kafka', 'off')
    .option('--country <code>', 'whose numbers come without a country code', 'CN')
    .option('--default-tablespace <name>', 'for what names no tablespace', toName, 'USERS')
    .option('--datafiles <place>', 'a directory or an ASM disk group; default: the server decides (OMF)')
    .option('--size <size>', 'first size of each data file, and its steps', toSize, '100M');

/** `sms-bridge oracle` */
export const oracleCommand = (): Command => {
  const oracle = new Command('oracle')
    .summary('print the Oracle schema as scripts for a DBA')
    .description('The same statements that the migrations run, for SQL*Plus.')
    .addHelpText('after', HELP);
  withOptions(
    oracle.command('script <part>').description('Prints one part: dba, owner, accounts, answers-on or answers-off.'),
  ).action(runAction(async () => (await import('./oracle/run-oracle.js')).runOracleScript));
  withOptions(oracle.command('uninstall').description('Prints what takes all of it away again.')).action(
    runAction(async () => (await import('./oracle/run-oracle.js')).runOracleUninstall),
  );
  return oracle;
};
