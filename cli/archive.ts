import { Command } from 'commander';
import { runAction } from './run-action';

const HELP = `
A run does what the archiver does at night, with the archiver's settings
(REPORT_DEADLINE_HOURS, SEND_LOG_RETENTION_DAYS, ARCHIVE_SLICE_ROWS, …). It is
safe at any time: only one instance runs at a time, in small transactions. The
next run continues an interrupted one.

Examples:
  $ sms-bridge archive run
  $ sms-bridge archive list
`;

export const archiveCommand = (): Command => {
  const archive = new Command('archive').summary('run the night job now, list its runs').description('The night job.');
  archive
    .command('run')
    .description('Moves finished messages to the history, now. Exit code 1 if any part failed.')
    .addHelpText('after', HELP)
    .action(runAction(async () => (await import('./archive/run-archive.js')).runArchiveNow));
  archive
    .command('list')
    .description('Lists the newest runs with their counts.')
    .action(runAction(async () => (await import('./archive/run-archive.js')).runArchiveList));
  return archive;
};
