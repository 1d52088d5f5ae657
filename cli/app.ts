import { Command, Option } from 'commander';
import { runAction } from './run-action';

const HELP = `
Run it as the owner of the tables. A key is shown once: only its hash is stored. It is used as
  Authorization: Bearer <key>        at the producer's HTTP interface.
On Oracle an account's name is in upper case, as the server has it, and --login needs rights that a DBA gives or keeps (docs/oracle/install.md).

Examples:
  $ sms-bridge app add billing --ext-code 01
  $ sms-bridge app add meter-sql --app metering --login       an account that inserts into SM_SEND_T
  $ sms-bridge app list
  $ sms-bridge app rotate-key billing
`;

/** Builds the command `sms-bridge app`. */
export const appCommand = (): Command => {
  const app = new Command('app')
    .summary('register applications, give and withdraw keys')
    .description('The accounts of business systems (LOGIN_USER).')
    .addHelpText('after', HELP);
  app
    .command('add')
    .description('Registers an account and prints its API key, once.')
    .argument('<account>', 'its name')
    .option('--app <code>', 'application code; default: the name of the account')
    .option('--ext-code <digits>', 'extension behind the access number: replies to it belong to this application')
    .addOption(
      new Option('--role <role>', 'what it may see')
        .choices(['application', 'customer-service', 'administrator'])
        .default('application'),
    )
    .option('--login', 'also create a database login of this name; prints its password, once')
    .addHelpText('after', HELP)
    .action(runAction(async () => (await import('./app/run-app.js')).runAppAdd));
  app
    .command('list')
    .description('Lists all accounts.')
    .action(runAction(async () => (await import('./app/run-app.js')).runAppList));
  app
    .command('rotate-key')
    .description('Gives an account a new API key and prints it, once; the old one is worth nothing any more.')
    .argument('<account>', 'its name')
    .action(runAction(async () => (await import('./app/run-app.js')).runRotateKey));
  app
    .command('disable')
    .description('Stops an account: its messages are rejected, it sees nothing.')
    .argument('<account>', 'its name')
    .action(runAction(async () => (await import('./app/run-app.js')).runDisable));
  app
    .command('enable')
    .description('Lets a stopped account go on.')
    .argument('<account>', 'its name')
    .action(runAction(async () => (await import('./app/run-app.js')).runEnable));
  return app;
};
