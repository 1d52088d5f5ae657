import { Command } from 'commander';
import { runAction } from './run-action';
import { wholeNumber } from './whole-number';

const HELP = `
Examples:
  $ sms-bridge topics create --partitions 12 --replication 3
  # changes nothing; exit code 1 if a topic is missing or set wrongly
  $ sms-bridge topics create --check
`;

export const topicsCommand = (): Command => {
  const topics = new Command('topics')
    .summary('create and check the topics')
    .description('The five topics of the bridge.');
  topics
    .command('create')
    .description('Creates the topics that are missing; the others stay as they are.')
    .option('--partitions <n>', 'of each new topic; as many relays can share the work', wholeNumber(1, 10_000), 6)
    .option(
      '--replication <n>',
      'copies of each record; default: 3, or as many as there are brokers',
      wholeNumber(1, 100),
    )
    .option(
      '--min-insync-replicas <n>',
      'copies that must be written before a record is acknowledged; default: 2 with 3 or more copies, else as the cluster is set',
      wholeNumber(1, 100),
    )
    .option('--check', 'create nothing, only compare the topics with these settings')
    .addHelpText('after', HELP)
    .action(runAction(async () => (await import('./topics/run-topics-create.js')).runTopicsCreate));
  return topics;
};
