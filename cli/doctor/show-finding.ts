import type { Output } from '../output/create-output';
import { joinTo } from '../output/fit-columns';
import { toPrintable } from '../output/to-printable';
import type { Finding } from './finding';

const MARK = { ok: '✓', warning: '!', failed: '✗' } as const;
const NAME_WIDTH = 28;
const INDENT = '      ';

/** A command in backticks is one word: a line break inside it would be copied with it. */
const WORD = /(?:`[^`]*`|\S)+/g;

const wordsOf = (text: string): readonly string[] => text.match(WORD) ?? [];

/**
 * Formats a finding: mark, check and detail, then the advice. Statements at the end of an advice
 * keep their lines, to be copied. Pure.
 */
export const showFinding = (
  { check, state, detail, advice }: Finding,
  { colours, columns }: Pick<Output, 'colours' | 'columns'>,
): string => {
  const colour = { ok: colours.green, warning: colours.yellow, failed: colours.red }[state];
  const page = { columns, between: ' ', indent: INDENT };
  const head = `${colour(MARK[state])} ${check.padEnd(NAME_WIDTH)}`;
  const lines = [joinTo([head, ...wordsOf(toPrintable(detail))], page)];
  if (advice !== undefined) {
    const [first = '', ...statements] = advice.split('\n');
    lines.push(joinTo(['    →', ...wordsOf(first)], page), ...statements);
  }
  return lines.join('\n');
};
