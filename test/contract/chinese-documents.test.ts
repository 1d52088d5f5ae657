import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { CHINESE, documentsBelow, ROOT, readDocument } from '../support/documents';
import { anchorOf, fencedIn, headingsIn, indentedIn, inlineCodesIn, linksIn, proseOf } from '../support/markdown';

/** The English pages that have a Chinese twin: these pages, and all pages of these folders. */
const TRANSLATED = ['docs/integrate.md'];
const TRANSLATED_FOLDERS = ['docs/runbooks', 'docs/operate'];

const twins = [
  ...TRANSLATED,
  ...TRANSLATED_FOLDERS.flatMap((folder) => documentsBelow(folder).map(({ path }) => path)),
].map((path) => [path, join(CHINESE, relative('docs', path))] as const);
const pairs = [...twins, ['README.md', 'README.zh-CN.md'] as const];

/** The headings of a runbook. */
const PARTS: Readonly<Record<string, string>> = {
  现象: 'Seen as',
  原因与影响: 'Means',
  处理: 'Do',
  恢复判据: 'Over when',
  严禁: 'Never',
};

/** Message contents in the examples. */
const TEXTS: readonly (readonly [string, string])[] = [['本月电费 128.56 元', 'Your bill: 128.56']];

const englishOf = new Map(pairs.map(([english, chinese]) => [chinese, english]));
const read = (path: string): string => readDocument(path).text;
const setOf = (items: readonly string[]): readonly string[] => [...new Set(items)].sort();

/** Returns lines of code without comments: comments are translated. */
const uncommented = (lines: readonly string[]): readonly string[] =>
  lines
    .map((line) => line.replace(/(?:^|\s+)(?:#|\/\/|(?<=;\s+)--)\s.*$/, ''))
    .map((line) => TEXTS.reduce((text, [chinese, english]) => text.replaceAll(chinese, english), line))
    .filter((line) => line !== '');

/** Returns the nodes, edges and their order of a picture. Labels are translated. */
const unlabelled = (lines: readonly string[]): readonly string[] =>
  lines.map((line) =>
    line
      .replaceAll(/\(\[.*?\]\)|\[\(.*?\)\]|\{\{.*?\}\}|\[.*?\]/g, '')
      .replaceAll(/ -- .*? -->/g, ' -->')
      .replace(/: .*$| as .*$/, ''),
  );

const codeOf = (text: string): readonly unknown[] => [
  ...fencedIn(text).map(({ language, lines }) => ({
    language,
    lines: language === 'mermaid' ? unlabelled(lines) : uncommented(lines),
  })),
  ...uncommented(indentedIn(text)),
];

const partsIn = (text: string): readonly string[] =>
  [...text.matchAll(/^\*\*([^*]+)\*\*/gm)]
    .map(([, part]) => PARTS[part!] ?? part!)
    .filter((part) => Object.values(PARTS).includes(part));

/** The number of columns of each line of a table. */
const tablesIn = (text: string): readonly number[] =>
  [...proseOf(text).matchAll(/^\|.*\|$/gm)].map(([row]) => row.replaceAll('\\|', '').split('|').length - 2);

const itemsIn = (text: string): readonly string[] =>
  [...proseOf(text).matchAll(/^ *(-|\d+\.) /gm)].map(([, mark]) => mark!);

/** Codes, variables, tables and columns, in backticks or not, in pictures too. */
const namesIn = (text: string): readonly string[] =>
  [...text.matchAll(/(?<![\w…$/-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w…])/g)].map(([name]) => name);

/**
 * Returns limits, times and sizes. A number that English writes as a word is a word in Chinese too.
 */
const numbersIn = (text: string): readonly string[] =>
  [...text.replaceAll(/`[^`\n]+`|\]\([^)]+\)/g, '').matchAll(/\d+(?:[.,:]\d+)*/g)].map(([number]) => number);

const quotedIn = (text: string): readonly string[] =>
  [
    ...proseOf(text)
      .replaceAll(/`[^`]+`/g, '')
      .matchAll(/"([^"]+)"/g),
  ].map(([, quoted]) => quoted!);

/** Returns the English page and the position of the heading that a link leads to. */
const destination = (path: string, target: string): string => {
  if (/^https?:/.test(target)) return target;
  const [file = '', anchor] = target.split('#');
  const at = file === '' ? path : join(dirname(path), file);
  const place =
    anchor === undefined ? '' : `#${headingsIn(read(at)).findIndex(({ title }) => anchorOf(title) === anchor)}`;
  return `${englishOf.get(at) ?? at}${place}`;
};

it('every page of the translated folders has a Chinese twin, and every Chinese page an English one', () => {
  expect(twins.map(([, chinese]) => chinese).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  expect(
    documentsBelow(CHINESE)
      .map(({ path }) => path)
      .filter((path) => !englishOf.has(path)),
  ).toEqual([]);
});

describe.each(pairs.filter(([, chinese]) => existsSync(join(ROOT, chinese))))('%s and %s', (english, chinese) => {
  const [original, translation] = [read(english), read(chinese)];

  it('have the same headings and parts', () => {
    const levels = (text: string): readonly number[] => headingsIn(text).map(({ level }) => level);
    expect(levels(translation)).toEqual(levels(original));
    expect(partsIn(translation)).toEqual(partsIn(original));
  });

  it('have the same code blocks and pictures', () => {
    expect(codeOf(translation)).toEqual(codeOf(original));
  });

  it('have the same tables and lists', () => {
    expect(tablesIn(translation)).toEqual(tablesIn(original));
    expect(itemsIn(translation)).toEqual(itemsIn(original));
  });

  it('name the same commands, codes, numbers and log texts', () => {
    expect(setOf(inlineCodesIn(translation))).toEqual(setOf(inlineCodesIn(original)));
    expect(setOf(namesIn(translation))).toEqual(setOf(namesIn(original)));
    expect(setOf(numbersIn(translation))).toEqual(setOf(numbersIn(original)));
    const unknown = setOf(quotedIn(translation)).filter((quoted) => !quotedIn(original).includes(quoted));
    expect(unknown).toEqual([]);
  });

  it('link to the same places', () => {
    const places = (path: string, text: string): readonly string[] =>
      setOf(linksIn(text).map((target) => destination(path, target)));
    expect(places(chinese, translation)).toEqual(places(english, original));
  });

  it('the Chinese page links to Chinese pages where they exist', () => {
    const targets = linksIn(translation).map((target) => join(dirname(chinese), target.split('#')[0]!));
    const originals = pairs.map(([path]) => path).filter((path) => path !== 'README.md');
    expect(targets.filter((target) => originals.includes(target))).toEqual([]);
  });
});

it.each([...documentsBelow(CHINESE), readDocument('README.zh-CN.md')].map(({ path }) => [path]))(
  '%s uses the words of the glossary',
  (path) => {
    expect(read(path).match(/替身|杀掉|杀死|中转/g) ?? []).toEqual([]);
  },
);

describe('the Chinese runbooks', () => {
  const firstPart = (text: string, end: string): string => text.split(`**${end}**`)[0]!;
  const runbooks = twins.filter(([path]) => path.startsWith('docs/runbooks/') && !path.endsWith('README.md'));

  it.each(runbooks)('quote the same log texts as the English page %s (%s)', (english, chinese) => {
    const seen = firstPart(read(english), 'Means');
    expect(setOf(quotedIn(firstPart(read(chinese), '原因与影响')))).toEqual(setOf(quotedIn(seen)));
  });
});
