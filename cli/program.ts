import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { findPackageRoot } from '../shared/avro/load-schemas';
import { appCommand } from './app';
import { archiveCommand } from './archive';
import { deadLettersCommand } from './dead-letters';
import { demoCommand } from './demo';
import { doctorCommand } from './doctor';
import { migrateCommand } from './migrate';
import { oracleCommand } from './oracle';
import { publishCommand } from './publish';
import { addSharedOptions } from './shared-options';
import { tailCommand } from './tail';
import { topicsCommand } from './topics';

const HELP = `
Examples:
  # what works, what does not, what to do
  $ sms-bridge doctor
  $ sms-bridge publish --app billing --to 13800138000 --content "Hello" --wait
  $ sms-bridge publish customers.csv --app billing      one message a line
  $ sms-bridge tail status --app billing                their statuses
  # records that could not be read
  $ sms-bridge dead-letters list

Settings are the services' environment variables (KAFKA_BROKERS, DATABASE_URL,
SCHEMA_REGISTRY_URL, TOPIC_PREFIX, …; secrets also from the file that NAME_FILE
names), or the flags below "Connections". Exit codes: 0 done, 1 failed, 2 wrong
arguments or settings, 130 interrupted.
`;

const version = (): string =>
  (JSON.parse(readFileSync(join(findPackageRoot(__dirname), 'package.json'), 'utf8')) as { version: string }).version;

/** Makes commander throw instead of ending the process; with `json` its errors are JSON. */
const behaveEverywhere = (command: Command, json: boolean): void => {
  command.exitOverride().configureOutput({
    outputError: (text, write) =>
      write(json ? `${JSON.stringify({ error: { code: 'USAGE', message: text.trim() } })}\n` : `sms-bridge: ${text}`),
  });
  if (!json) command.showHelpAfterError(`See \`${pathOf(command)} --help\`.`);
  for (const child of command.commands) behaveEverywhere(child, json);
};

const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;

/**
 * Builds the program with all commands. Only the descriptions are loaded here; a command's code is
 * loaded when it is called.
 */
export const createProgram = (argv: readonly string[] = process.argv): Command => {
  const program = new Command('sms-bridge')
    .description('Sets up, checks and repairs the SMS bridge; sends and watches messages.')
    .version(version(), '--version', 'print the version')
    .addHelpText('after', HELP);
  const commands = [
    demoCommand(),
    migrateCommand(),
    oracleCommand(),
    topicsCommand(),
    appCommand(),
    publishCommand(),
    tailCommand(),
    deadLettersCommand(),
    archiveCommand(),
    doctorCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  addSharedOptions(program);
  behaveEverywhere(program, argv.includes('--json'));
  return program;
};
