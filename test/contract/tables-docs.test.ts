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
  const [, section = ''] = readDocument('docs/tables.md').text.split('\n## Tables\n');
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
});
