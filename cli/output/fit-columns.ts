import { stripVTControlCharacters } from 'node:util';

/** Characters that take two columns (East Asian Width W and F, UAX #11), and none. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const WITHOUT_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;

const columnsOf = (character: string): number => (WIDE.test(character) ? 2 : WITHOUT_WIDTH.test(character) ? 0 : 1);

/** Returns the columns of a terminal that a text takes; colours take none. Pure. */
export const widthOf = (text: string): number =>
  [...stripVTControlCharacters(text)].reduce((sum, character) => sum + columnsOf(character), 0);

/** Returns the start of a text without colours that fits into `columns`. Pure. */
const startOf = (text: string, columns: number): string => {
  let [start, left] = ['', columns];
  for (const character of text) {
    left -= columnsOf(character);
    if (left < 0) break;
    start += character;
  }
  return start;
};

/** Cuts a text without colours; one that was cut ends with …. Pure. */
export const cutTo = (text: string, columns: number): string =>
  widthOf(text) <= columns ? text : `${startOf(text, columns - 1)}…`;

/** Splits a text without colours to pieces of at most `columns`, if it can after spaces. Pure. */
export const splitTo = (text: string, columns: number): readonly string[] => {
  const pieces: string[] = [];
  let rest = text;
  while (widthOf(rest) > columns) {
    const start = startOf(rest, columns);
    const space = start.lastIndexOf(' ') + 1;
    const piece = space > start.length / 2 ? start.slice(0, space) : start;
    pieces.push(piece.trimEnd());
    rest = rest.slice(piece.length);
  }
  return [...pieces, rest];
};

/**
 * Joins parts to lines of at most `columns`; lines after the first begin with `indent`. A part that
 * is longer than a line stays whole. Pure.
 */
export const joinTo = (
  parts: readonly string[],
  { columns, between, indent }: { readonly columns: number; readonly between: string; readonly indent: string },
): string => {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = lines.length === 0 ? part : `${lines.at(-1)}${between}${part}`;
    if (lines.length === 0 || widthOf(longer) <= columns) lines.splice(-1, 1, longer);
    else lines.push(indent + part);
  }
  return lines.join('\n');
};
