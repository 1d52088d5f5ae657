import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');

export type Document = { readonly path: string; readonly text: string };

export const readDocument = (path: string): Document => ({ path, text: readFileSync(join(ROOT, path), 'utf8') });

/** Returns the Markdown files below a folder of the repository, sorted by path. */
export const documentsBelow = (folder: string): readonly Document[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => readDocument(join(folder, name)));

/** The folder of the Chinese translations, which checks of English words leave out. */
export const CHINESE = 'docs/zh-CN';

export const textOf = (documents: readonly Document[]): string => documents.map(({ text }) => text).join('\n');

export const operatorsPages = (): string =>
  textOf([...documentsBelow('docs/operate'), ...documentsBelow('docs/runbooks')]);
