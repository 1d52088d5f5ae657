import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHINESE, documentsBelow, ROOT, readDocument } from '../support/documents';

/** The words that docs/style.md replaces. */
const NOT_OUR_WORDS =
  /\b(?:who(?:m)?ever|some(?:body|one)|any(?:body|one)|no(?:body| one)|mend(?:s|ed|ing)?|anew|became of|any more|said of)\b/gi;
const MAX_COLUMNS = 100;

/** docs/style.md lists the words. */
const OTHER_WORDS = ['docs/style.md'];
/** Oracle's triggers of a release keep their text, and this file has those words. */
const RELEASED = ['migrations/oracle-answers/settle-message.ts', 'test/contract/english.test.ts'];

const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'oracle-stand-in/README.md']
  .map(readDocument)
  .concat(documentsBelow('docs'))
  .filter(({ path }) => !OTHER_WORDS.includes(path) && !path.startsWith(CHINESE))
  .map(({ path, text }) => [path, text] as const);

const ROOMS = ['cli', 'migrations', 'oracle-stand-in', 'scripts', 'services', 'shared', 'test'];
const sources = ROOMS.flatMap((room) =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .map((name) => join(room, name))
    .filter((path) => /\.m?[tj]s$/.test(path) && !RELEASED.includes(path))
    .map((path) => [path, readFileSync(join(ROOT, path), 'utf8')] as const),
);

/** `nobody` is also a user of Unix, and `NOBODY` the name of an account. */
const notOurWordsIn = (text: string): readonly string[] =>
  (text.replaceAll(/(?:user |')nobody\b/g, '').match(NOT_OUR_WORDS) ?? []).filter(
    (word) => word !== word.toUpperCase(),
  );

/** Lines of comments; an address may be longer than any line. */
const wideCommentsIn = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) => /^\s*(?:\/\/|\/\*\*|\*)/.test(line) && line.length > MAX_COLUMNS && !/:\/\/\S{60}/.test(line));

describe('the English of docs/style.md', () => {
  it.each(documents)('is that of %s', (_, text) => {
    // the schemas' own words are part of released records
    expect(notOurWordsIn(text.replaceAll(/<!-- \w+: written by [\s\S]*?<!-- end -->/g, ''))).toEqual([]);
  });

  it.each(ROOMS)('is that of comments, texts and names in %s/', (room) => {
    const inRoom = sources.filter(([path]) => path.startsWith(`${room}/`));
    expect(inRoom.length).toBeGreaterThan(5);
    expect(inRoom.flatMap(([path, text]) => notOurWordsIn(text).map((word) => `${path}: ${word}`))).toEqual([]);
  });

  it('keeps comments within 100 columns', () => {
    expect(sources.flatMap(([path, text]) => wideCommentsIn(text).map((line) => `${path}: ${line}`))).toEqual([]);
  });

  it('is looked for in every kind of text', () => {
    expect(notOurWordsIn("// Somebody must mend it\nconst nobody = 'what became of it';")).toHaveLength(4);
    expect(wideCommentsIn(` * ${'x'.repeat(MAX_COLUMNS)}\n// ok\nconst a = 1; // ${'x'.repeat(90)}`)).toHaveLength(1);
  });
});
