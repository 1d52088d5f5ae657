import Table from 'cli-table3';
import type { Colours } from './create-output';
import { cutTo, splitTo, widthOf } from './fit-columns';
import { toPrintable } from './to-printable';

const PLAIN = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((part) => [part, '']),
);

const BETWEEN = 2;

/** Columns are not cut further: less of a value tells nothing. */
const LEAST = 8;

type Page = { readonly colours: Colours; readonly columns: number };
type Cells = readonly (readonly string[])[];

const sum = (widths: readonly number[]): number => widths.reduce((all, width) => all + width + BETWEEN, -BETWEEN);

const widthsOf = (cells: Cells): readonly number[] =>
  cells[0]!.map((_, column) => Math.max(...cells.map((row) => widthOf(row[column]!))));

/** Cuts the widest columns until a row fits. Pure. */
const narrow = (cells: Cells, columns: number): Cells => {
  const widths = [...widthsOf(cells)];
  while (sum(widths) > columns) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= LEAST) break;
    widths[widest]! -= 1;
  }
  return cells.map((row) => row.map((cell, column) => cutTo(cell, widths[column]!)));
};

const layOut = ([headings = [], ...rows]: Cells, colours: Colours): readonly string[] => {
  const table = new Table({
    head: headings.map((heading) => colours.dim(heading)),
    chars: { ...PLAIN, middle: ' '.repeat(BETWEEN) },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
};

const INDENT = 4;

/**
 * Lays out rows without ruling lines, so that a copied part contains only the values. Where the
 * terminal is too narrow, the last column, which says something in words, gets lines of its own
 * below each row, and the widest of the others are cut. Pure.
 */
export const toTable = (
  headings: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  { colours, columns }: Page,
): string => {
  const cells = [headings, ...rows.map((row) => row.map((cell) => toPrintable(String(cell))))];
  if (sum(widthsOf(cells)) <= columns) return layOut(cells, colours).join('\n');
  const below = (row: readonly string[], index: number): readonly string[] =>
    splitTo(row.at(-1)!, columns - INDENT)
      .filter((line) => line !== '' && line !== '-')
      .map((line) => ' '.repeat(INDENT) + (index === 0 ? colours.dim(line) : line));
  const lines = layOut(
    narrow(
      cells.map((row) => row.slice(0, -1)),
      columns,
    ),
    colours,
  );
  return cells.flatMap((row, index) => [lines[index]!, ...below(row, index)]).join('\n');
};
