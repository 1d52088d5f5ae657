/** Splits a Markdown text into its parts, so that two texts can be compared. */

const FENCED = /^( *)```(.*)\n([\s\S]*?)^ *```$/gm;
const INDENTED = /^ {4,}\S.*$/gm;

/** The lines of each code block without indentation; `language` is empty for indented blocks. */
export type Code = { readonly language: string; readonly lines: readonly string[] };

const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

export const fencedIn = (text: string): readonly Code[] =>
  [...text.matchAll(FENCED)].map(([, , language, body]) => ({ language: language!, lines: linesOf(body!) }));

export const indentedIn = (text: string): readonly string[] =>
  [...text.replaceAll(FENCED, '').matchAll(INDENTED)].map(([line]) => line.trim());

/** Returns the text without code blocks and comments. */
export const proseOf = (text: string): string =>
  text
    .replaceAll(FENCED, '')
    .replaceAll(INDENTED, '')
    .replaceAll(/<!--[\s\S]*?-->/g, '');

export const inlineCodesIn = (text: string): readonly string[] =>
  [...proseOf(text).matchAll(/`([^`]+)`/g)].map(([, code]) => code!);

export const linksIn = (text: string): readonly string[] =>
  [...proseOf(text).matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target!);

export const headingsIn = (text: string): readonly { readonly level: number; readonly title: string }[] =>
  [...text.replaceAll(FENCED, '').matchAll(/^(#+) (.+)$/gm)].map(([, marks, title]) => ({
    level: marks!.length,
    title: title!,
  }));

/** Returns the anchor that GitHub gives a heading. */
export const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
