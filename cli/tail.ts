import { Command } from 'commander';
import { runAction } from './run-action';
import { wholeNumber } from './whole-number';

const HELP = `
Reads with its own consumer group, which is deleted afterwards: no service loses
a record. Telephone numbers are masked unless --show-numbers.

Examples:
  # status and received, from now on, until Ctrl-C
  $ sms-bridge tail
  $ sms-bridge tail -n 10 --follow
  $ sms-bridge tail status --message-id m-17 --from-beginning --no-follow
  $ sms-bridge tail received --app billing --json | jq .content
`;

export const tailCommand = (): Command =>
  new Command('tail')
    .summary('watch statuses and received messages')
    .description('Shows the records of sms.status and sms.received as they come.')
    .argument('[topics...]', 'status, received; both when none is named')
    .option('--from-beginning', 'start at the oldest record that Kafka still has')
    .option('--follow', 'with -n: watch on after the last <n>')
    .option('--no-follow', 'stop at the present end of the topic')
    .option('-n, --limit <n>', 'show the last <n>; with --from-beginning the first', wholeNumber(1, 1_000_000))
    .option('--app <code>', 'only those of this application')
    .option('--message-id <id>', 'only those of this message (for received: this receivedId)')
    .option('--show-numbers', 'show telephone numbers in full')
    .addHelpText('after', HELP)
    .action(runAction(async () => (await import('./tail/run-tail.js')).runTail));
