import { Command } from 'commander';
import { runAction } from './run-action';

const HELP = `
It is the archiver's own run, with the archiver's settings (REPORT_DEADLINE_HOURS, SEND_LOG_RETENTION_DAYS, ARCHIVE_SLICE_ROWS, …), and
safe at any time: one run at a time over all instances, small transactions; one that is broken off is gone on with by the next.

Examples:
  $ sms-bridge archive run
  $ sms-bridge archive list
`;

/** Builds the command `sms-bridge archive`. */
export const archiveCommand = (): Command => {
  const archive = new Command('archive').summary('run the night job now, see its runs').description('The night job.');
  archive
    .command('run')
    .description('Moves what is finished to the history, now; exit code 1 unless all of it went well.')
    .addHelpText('after', HELP)
    .action(runAction(async () => (await import('./archive/run-archive.js')).runArchiveNow));
  archive
    .command('list')
    .description('Lists the newest runs with their counts.')
    .action(runAction(async () => (await import('./archive/run-archive.js')).runArchiveList));
  return archive;
};
