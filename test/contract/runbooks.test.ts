import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { documentsBelow, ROOT, readDocument } from '../support/documents';

const PARTS = ['Seen as', 'Means', 'Do', 'Over when', 'Never'];
const MOST_LINES = 40;

const index = readDocument('docs/runbooks/README.md');
const runbooks = documentsBelow('docs/runbooks')
  .filter(({ path }) => path !== index.path)
  .map(({ path, text }) => [path, text] as const);

const code = ['shared', 'services', 'cli']
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readDocument(name).text)
  .join('\n');

/**
 * Returns the texts in double quotes of "Seen as", without the placeholders of numbers (N, M, L,
 * H).
 */
const quotedIn = (text: string): readonly string[] =>
  [...text.matchAll(/"([^"]+)"/g)]
    .flatMap(([, quoted]) => quoted!.split(/\b[NMLH]\b|…/))
    .map((part) => part.trim())
    .filter((part) => part.length > 2);

describe.each(runbooks)('%s', (path, text) => {
  it('has the five parts in their order', () => {
    expect(
      [...text.matchAll(/^\*\*([^*]+)\*\*/gm)].map(([, part]) => part).filter((part) => PARTS.includes(part!)),
    ).toEqual(PARTS);
  });

  it(`fits on a screen: ${MOST_LINES} lines`, () => {
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(MOST_LINES);
  });

  it('quotes texts that the code prints', () => {
    const seen = text.split('**Means**')[0]!;
    expect(quotedIn(seen).filter((part) => !code.includes(part))).toEqual([]);
  });

  it('is linked from the first page', () => {
    expect(index.text).toContain(`](${path.split('/').at(-1)})`);
  });
});

it('every alert of docs/operate/watch.md leads to a runbook', () => {
  const [, alerts = ''] = readDocument('docs/operate/watch.md').text.split('\n## Alerts to begin with\n');
  const rows = alerts
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows.length).toBeGreaterThan(10);
  expect(rows.filter((row) => !row.includes('](../runbooks/'))).toEqual([]);
});
