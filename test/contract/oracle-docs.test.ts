import type { Command } from 'commander';
import { createProgram } from '../../cli/program';
import { rolesOf } from '../../migrations/0002-access/access-oracle';
import { businessProfileStatements, OWNER_RIGHTS, profileStatements } from '../../migrations/oracle/oracle-dba';
import { TABLESPACES } from '../../migrations/oracle/oracle-tablespaces';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { documentsBelow, textOf } from '../support/documents';
import { loadComposeFile } from './compose-file';

const text = textOf(documentsBelow('docs/oracle'));
const section = (title: string): string => {
  const [, rest = ''] = text.split(`\n${title}\n`);
  expect([title, rest === '']).toEqual([title, false]);
  return rest.split(/\n#{1,3} /)[0]!;
};
const named = (part: string, pattern: RegExp): readonly string[] => [
  ...new Set([...part.matchAll(pattern)].map(([, name]) => name!)),
];

describe('docs/oracle', () => {
  const roles = rolesOf(loadExchangeMapping());

  it('lists the roles that exist, and gives accounts no others', () => {
    expect([...named(section('## Rights'), /\b(SMS_[A-Z_]+)\b/g)].sort()).toEqual([...roles].sort());
    for (const role of named(text, /--account \w+:(\w+)/g)) expect(roles).toContain(role);
  });

  it('installs the accounts of the compose file, in both ways, and BILLING', () => {
    const accounts = (words: string) => [...words.matchAll(/--account[ =](\w+:\w+)/g)].map(([, one]) => one!).sort();
    const composed = accounts(loadComposeFile().services['oracle-install']?.command?.join(' ') ?? '');
    expect(composed).toHaveLength(5);
    for (const title of ['## With one command', '## With scripts'])
      expect(accounts(section(title))).toEqual([...composed, 'BILLING:SMS_APPLICATION'].sort());
  });

  it('has every option that the scripts and the installation share', () => {
    const program = createProgram([]);
    const oracle = program.commands.find((one) => one.name() === 'oracle') as Command;
    const optionsOf = (of: Command, name: string): readonly string[] =>
      (of.commands.find((one) => one.name() === name) as Command).options.map(({ long }) => long ?? '');
    const everywhere = optionsOf(program, 'doctor');
    const common = optionsOf(oracle, 'script').filter(
      (one) => optionsOf(oracle, 'install').includes(one) && !everywhere.includes(one),
    );
    const shown = named(section('## Options, the same for both ways'), /`(--[a-z-]+)/g);
    expect([...shown, '--account'].sort()).toEqual([...common].sort());
  });

  it("lists the rights of the owner, the limits of a services' profile, and the tablespaces", () => {
    const owner = /The owner needs ([A-Z ,]+) and quotas/.exec(text)?.[1];
    expect(owner).toBe(OWNER_RIGHTS.replaceAll(', CREATE ', ', '));
    for (const statement of [...profileStatements('RELAY'), ...businessProfileStatements('BILLING')])
      expect(text).toContain(statement);
    expect([...named(section('## Tablespaces'), /`(SMS_\w+)`/g)].sort()).toEqual(Object.values(TABLESPACES).sort());
  });

  it('shows one statement a line, because SQL*Plus takes two for one', () => {
    expect(text.match(/`[A-Z]+ [^`]*; *[A-Z]+ [^`]*`/g)).toBeNull();
  });
});
