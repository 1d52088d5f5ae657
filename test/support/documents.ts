import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');

export type Document = { readonly path: string; readonly text: string };

export const readDocument = (path: string): Document => ({ path, text: readFileSync(join(ROOT, path), 'utf8') });

/** The Markdown files below a folder of the repository, in the order of their paths. */
export const documentsBelow = (folder: string): readonly Document[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => readDocument(join(folder, name)));

export const textOf = (documents: readonly Document[]): string => documents.map(({ text }) => text).join('\n');

/** What an operator of a running bridge is told to do. */
export const operatorsPages = (): string =>
  textOf([...documentsBelow('docs/operate'), ...documentsBelow('docs/runbooks')]);
