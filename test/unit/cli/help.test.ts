import type { Command } from 'commander';
import { createProgram } from '../../../cli/program';

const COLUMNS = 80;

const all = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(all)];

const helpOf = (command: Command): string => {
  const texts: string[] = [];
  const output = { writeOut: (text: string) => void texts.push(text), getOutHelpWidth: () => COLUMNS };
  for (const one of all(command)) one.configureOutput(output);
  command.outputHelp();
  return texts.join('');
};

const nameOf = (command: Command): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;

describe('the help of every command', () => {
  const commands = all(createProgram(['node', 'sms-bridge']));

  it.each(commands.map((command) => [nameOf(command), command] as const))('fits 80 columns: %s', (_, command) => {
    const help = helpOf(command);
    expect(help).toContain('Usage:');
    expect(help.split('\n').filter((line) => [...line].length > COLUMNS)).toEqual([]);
  });
});
