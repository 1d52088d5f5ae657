import { Command } from 'commander';
import { runAction } from './run-action';

const HELP = `
One line a check: ✓ works, ! needs attention, ✗ does not work; the last two with
what to do. Nothing is changed. Exit code 1 if there is any ✗. With the account
of a service it checks what that account may use; with the owner of the tables,
everything. Uses the services' own settings where they matter (RELAY_GROUP,
ARCHIVER_GROUP, EXCHANGE_FILE, EXCHANGE_HIGH_ROWS, …).

Examples:
  $ sms-bridge doctor
  $ sms-bridge doctor --json | jq 'select(.state == "failed")'
`;

export const doctorCommand = (): Command =>
  new Command('doctor')
    .summary('check everything, and advise what to do')
    .description('Checks every connection, table, right and topic, and whether messages get through.')
    .addHelpText('after', HELP)
    .action(runAction(async () => (await import('./doctor/run-doctor.js')).runDoctor));
