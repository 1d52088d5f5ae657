import Table from 'cli-table3';
import type { Colours } from './create-output';
import { toPrintable } from './to-printable';

const PLAIN = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((part) => [part, '']),
);

/** Without ruling lines, so that a copied part contains only the values. Pure. */
export const toTable = (
  headings: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  colours: Colours,
): string => {
  const table = new Table({
    head: headings.map((heading) => colours.dim(heading)),
    chars: { ...PLAIN, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => row.map((cell) => toPrintable(String(cell)))));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
};
