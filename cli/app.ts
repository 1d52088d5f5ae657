import { Command, Option } from 'commander';
import { runAction } from './run-action';
import { wholeNumber } from './whole-number';

/** The largest value of the columns. */
const MOST = 2_147_483_647;
const CONNECTIONS = 10;

const HELP = `
Run it as the owner of the tables: an account of the role administrator may not
register others. A key is shown once: only its hash is stored. On Oracle an
account's name is in upper case, as the server stores it. --login needs rights
that a DBA grants (docs/oracle/install.md).

Examples:
  $ sms-bridge app add billing --ext-code 01
  # an account that inserts into SM_SEND_T
  $ sms-bridge app add meter-sql --app metering --login
  $ sms-bridge app list
  $ sms-bridge app rotate-key billing
  $ sms-bridge app set billing --rate-messages 500 --max-pending default
`;

/**
 * Returns 0 for `default`: commander would make null an empty text.
 * @throws InvalidArgumentError
 */
const limit = (text: string): number => (text === 'default' ? 0 : wholeNumber(1, MOST)(text));

export const appCommand = (): Command => {
  const app = new Command('app')
    .summary('register applications, issue and replace keys')
    .description('The accounts of business systems (LOGIN_USER).')
    .addHelpText('after', HELP);
  app
    .command('add')
    .description('Registers an account and prints its API key, once.')
    .argument('<account>', 'its name')
    .option('--app <code>', 'application code; default: the name of the account')
    .option('--ext-code <digits>', 'extension code appended to the access number: replies to it go to this application')
    .addOption(
      new Option('--role <role>', 'what the account may read')
        .choices(['application', 'customer-service', 'administrator'])
        .default('application'),
    )
    .option('--login', 'also create a database login of this name; prints its password, once')
    .option(
      '--connections <n>',
      'sessions that this login may have at a time (PostgreSQL)',
      wholeNumber(1, 10_000),
      CONNECTIONS,
    )
    .addHelpText('after', HELP)
    .action(runAction(async () => (await import('./app/run-app.js')).runAppAdd));
  app
    .command('list')
    .description('Lists all accounts.')
    .action(runAction(async () => (await import('./app/run-app.js')).runAppList));
  app
    .command('show')
    .description('Shows the accounts of an application, with its limits.')
    .argument('<application>', 'its code')
    .action(runAction(async () => (await import('./app/run-app-set.js')).runAppShow));
  app
    .command('set')
    .description('Changes the limits of an application; `default` gives it those of the producer again.')
    .argument('<application>', 'its code')
    .option('--rate-messages <n>', 'messages a second over HTTP, on each instance', limit)
    .option('--rate-bytes <n>', 'bytes of bodies a second over HTTP, on each instance', limit)
    .option('--max-pending <n>', 'messages that wait for Kafka at a time, on each instance', limit)
    .option('--connections <n>', 'sessions of each of its database logins (PostgreSQL)', wholeNumber(1, 10_000))
    .action(runAction(async () => (await import('./app/run-app-set.js')).runAppSet));
  app
    .command('rotate-key')
    .description('Gives an account a new API key and prints it, once. The old key stops working.')
    .argument('<account>', 'its name')
    .action(runAction(async () => (await import('./app/run-app.js')).runRotateKey));
  app
    .command('disable')
    .description('Disables an account: its messages are rejected, and it can read nothing.')
    .argument('<account>', 'its name')
    .action(runAction(async () => (await import('./app/run-app.js')).runDisable));
  app
    .command('enable')
    .description('Enables a disabled account.')
    .argument('<account>', 'its name')
    .action(runAction(async () => (await import('./app/run-app.js')).runEnable));
  return app;
};
