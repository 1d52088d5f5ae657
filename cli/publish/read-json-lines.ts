import { failed, ok, type Result } from '../../shared/result';
import type { Line, LineProblem } from './read-lines';

/** A line as named values, or why it is none. */
export type Entry = { readonly line: number; readonly fields: Result<ReadonlyMap<string, unknown>, LineProblem> };

const notJson = (message: string) => failed({ code: 'LINE_NOT_JSON', message });

/** One object of a line. */
const parseLine = (text: string): Result<ReadonlyMap<string, unknown>, LineProblem> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // the error's own text may quote the line, which holds a message
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    return notJson(`not JSON${at === undefined ? '' : ` (from character ${Number(at) + 1} on)`}; each line is one {…}`);
  }
  if (Array.isArray(value)) return notJson("an array; write one {…} a line (jq -c '.[]' does that)");
  if (typeof value !== 'object' || value === null) return notJson('not an object; each line is one {…}');
  return ok(new Map(Object.entries(value)));
};

/** JSON lines: one object a line; empty lines are passed over. */
export async function* readJsonLines(lines: AsyncIterable<Line>): AsyncGenerator<Entry> {
  for await (const { number, text } of lines) {
    if (!text.ok) yield { line: number, fields: text };
    else if (text.value.trim() !== '') yield { line: number, fields: parseLine(text.value) };
  }
}
