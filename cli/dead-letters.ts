import { Command } from 'commander';
import { runAction } from './run-action';
import { wholeNumber } from './whole-number';

const HELP = `
A dead letter is a record or a row that could not be used; its bytes are kept as
they came. <id> is partition/offset, as the list shows it. Replaying publishes
the original bytes, key and headers on the topic they came from, and notes it on
sms.dead-letter. Without --again, a dead letter is replayed only once. A message
that was already sent is not sent again, because its messageId is known. Rows of
exchange tables came from no topic and cannot be replayed: \`show\` prints the
row, to be corrected and inserted again.

Examples:
  $ sms-bridge dead-letters list --reason UNKNOWN_SCHEMA
  $ sms-bridge dead-letters show 0/17
  $ sms-bridge dead-letters replay 0/17 0/18
  $ sms-bridge dead-letters replay --reason UNKNOWN_SCHEMA --dry-run
`;

export const deadLettersCommand = (): Command => {
  const letters = new Command('dead-letters')
    .summary('list records that could not be used, and replay them')
    .description('Records and rows that could not be used (sms.dead-letter).')
    .addHelpText('after', HELP);
  letters
    .command('list')
    .description('Lists dead letters that were not replayed yet, oldest first.')
    .option('--reason <code>', 'only those with this reason')
    .option('--limit <n>', 'at most this many, the newest', wholeNumber(1, 1_000_000), 100)
    .option('--all', 'include replayed ones')
    .addHelpText('after', HELP)
    .action(runAction(async () => (await import('./dead-letters/run-list.js')).runDeadLettersList));
  letters
    .command('show')
    .description('Shows one dead letter: reason, origin, headers and content.')
    .argument('<id>', 'partition/offset')
    .action(runAction(async () => (await import('./dead-letters/run-show.js')).runDeadLettersShow));
  letters
    .command('replay')
    .description('Publishes dead letters again, on the topics they came from.')
    .argument('[ids...]', 'partition/offset')
    .option('--reason <code>', 'all with this reason that were not replayed yet')
    .option('--again', 'replay also those that were already replayed')
    .option('--dry-run', 'only list what would be replayed')
    .addHelpText('after', HELP)
    .action(runAction(async () => (await import('./dead-letters/run-replay.js')).runDeadLettersReplay));
  return letters;
};
