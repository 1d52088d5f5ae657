import { MESSAGE } from '../../migrations/0002-access/grants';
import { ACCOUNT_WORDS, MESSAGE_WORDS, RECEIVED_WORDS } from '../../migrations/0013-neighbours/words';
import { toAllGrants } from '../../migrations/all-grants';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { readDocument } from '../support/documents';

const ROLES = ['producer', 'relay', 'collector', 'archiver', 'province', 'application', 'administrator'];
const LETTERS = { INSERT: 'I', SELECT: 'R', UPDATE: 'U', DELETE: 'D' };

const lettersOf = (rights: string | undefined): string =>
  Object.entries(LETTERS)
    .flatMap(([right, letter]) => (rights?.includes(right) ? [letter] : []))
    .join('');

describe('docs/tables.md', () => {
  const { text } = readDocument('docs/tables.md');
  const [section = ''] = (text.split('\n## Tables\n')[1] ?? '').split('\n## ');
  const listed = new Map(
    [...section.matchAll(/^\| `(\w+)` \|[^|]*\|(.*)\|$/gm)].map(([, table, cells]) => [
      table!,
      cells!.split('|').map((cell) => cell.trim()),
    ]),
  );

  it('shows the rights that the migrations grant', () => {
    const grants = toAllGrants(loadExchangeMapping());
    const tables = new Set(Object.values(grants).flatMap((of) => Object.keys(of).map((table) => table.toUpperCase())));
    const rightsOn = (role: string, table: string) =>
      Object.entries(grants[`sms_${role}`] ?? {}).find(([name]) => name.toUpperCase() === table)?.[1];
    const granted = new Map([...tables].map((table) => [table, ROLES.map((role) => lettersOf(rightsOn(role, table)))]));
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(granted));
  });

  it('explains each column as the catalogue does, and marks those that a sender may set', () => {
    const rows = new Set(text.split('\n'));
    const mark = (column: string): string => (new RegExp(`\\b${column}\\b`, 'i').test(MESSAGE) ? ' ✓ |' : ' |');
    const expected = [
      ...Object.entries(MESSAGE_WORDS).map(([column, words]) => `| \`${column}\` |${mark(column)} ${words} |`),
      ...[RECEIVED_WORDS, ACCOUNT_WORDS].flatMap((columns) =>
        Object.entries(columns).map(([column, words]) => `| \`${column}\` | ${words} |`),
      ),
    ];
    expect(expected.filter((row) => !rows.has(row))).toEqual([]);
  });
});
