import type { Command } from 'commander';
import { createProgram } from '../../../cli/program';

const COLUMNS = 80;

/** Chinese characters take two columns of a terminal. */
const widthOf = (line: string): number => [...line].reduce((sum, c) => sum + (/\p{Script=Han}/u.test(c) ? 2 : 1), 0);

const all = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(all)];

const helpOf = (command: Command): string => {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
};

it.each(all(createProgram([])).map((command) => [command.name(), command] as const))(
  'the help of %s fits a terminal of 80 columns',
  (_, command) => {
    expect(
      helpOf(command)
        .split('\n')
        .filter((line) => widthOf(line) > COLUMNS),
    ).toEqual([]);
  },
);
