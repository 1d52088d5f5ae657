import { Command, Option } from 'commander';
import { runAction } from './run-action';
import { wholeNumber } from './whole-number';

const HELP = `
Fields: to, content, appId (or --app), messageId, extCode, priority (0 bulk … 3
urgent), needReport, scheduledAt, expiresAt, createdAt, context. Times:
2026-11-24T08:00:00+08:00 (without a zone: that of --time-zone), or epoch
milliseconds. CSV and sheets begin with the column names; JSON lines are one
object a line. UTF-16 is recognised by its byte order mark. A workbook (.xlsx)
has at most 32 MB (128 MB unpacked), a sheet 200,000 rows and 104 columns; a
formula counts as its last value, a cell with an error makes its row bad. Lines
and rows are checked as the relay checks them; a bad one is reported with its
number and skipped. A message without a messageId gets a new one (UUIDv7). To
publish a file again without sending anything twice, give it a column messageId
or use --id-prefix; --wait then also looks on sms.status for those that were
sent before, and does not wait for them.

Examples:
  $ sms-bridge publish --app billing --to 13800138000 \\
      --content "Your bill is due" --wait
  $ sms-bridge publish customers.xlsx --app billing --id-prefix june-reminders
  # only reports what is wrong
  $ sms-bridge publish customers.csv --app billing --dry-run
  $ psql -Atc "select json_build_object('to', …, 'content', …) from …" \\
      | sms-bridge publish - --app billing --json

Exit code 1 if any line was bad or not acknowledged; with --wait also if any
message was not delivered (or, where no report is requested, submitted).
`;

export const publishCommand = (): Command =>
  new Command('publish')
    .summary('publish messages: one from arguments, many from CSV, Excel or JSON lines')
    .description('Publishes messages on sms.send and waits until Kafka has stored them.')
    .argument('[file]', 'CSV, an Excel workbook (.xlsx) or JSON lines; - is standard input')
    .optionsGroup('One message, or defaults for all lines of a file:')
    .option('--app <code>', 'application code')
    .option('--to <number>', 'recipient')
    .option('--content <text>', 'text')
    .option('--message-id <id>', 'its id: the same id is never sent twice')
    .option('--ext-code <digits>', "digits appended to the application's extension code")
    .option('--priority <0-3>', '0 bulk, 1 normal, 2 high, 3 urgent')
    .option('--no-report', 'request no delivery report')
    .option('--scheduled-at <time>', 'not before')
    .option('--expires-at <time>', 'not after')
    .option('--context <text>', 'returned in every status')
    .optionsGroup('Reading a file:')
    .addOption(
      new Option('--format <format>', 'default: by the file name, else by its first characters').choices([
        'csv',
        'jsonl',
      ]),
    )
    .addOption(
      new Option('--encoding <name>', 'of the file').choices(['utf-8', 'gb18030', 'gbk', 'gb2312']).default('utf-8'),
    )
    .option('--sheet <name>', 'of a workbook; default: its first sheet')
    .option('--id-prefix <prefix>', 'messageId of a line without one = prefix-line number (or row number)')
    .option('--ignore-unknown', 'ignore unknown columns and fields')
    .optionsGroup('How:')
    .option('--dry-run', 'check the lines, publish nothing')
    .option('--no-app-check', 'do not look up the applications in the database')
    .option('--wait', 'follow until each message has its final status')
    .option('--wait-seconds <n>', 'longest wait, in seconds', wholeNumber(1, 86_400), 300)
    .option('--batch-size <n>', 'messages in one request', wholeNumber(1, 5000), 500)
    .addHelpText('after', HELP)
    .action(runAction(async () => (await import('./publish/run-publish.js')).runPublish));
