import { failed, ok, type Result } from '../../shared/result';
import type { Line, LineProblem } from './read-lines';

/** The named values of a line, or the reason why it has none. */
export type Entry = { readonly line: number; readonly fields: Result<ReadonlyMap<string, unknown>, LineProblem> };

const notJson = (message: string) => failed({ code: 'LINE_NOT_JSON', message });

const parseLine = (text: string): Result<ReadonlyMap<string, unknown>, LineProblem> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // The error's own message may quote the line, which holds a message text.
    const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    return notJson(
      `not JSON${position === undefined ? '' : ` (from character ${Number(position) + 1} on)`}; each line is one {…}`,
    );
  }
  if (Array.isArray(value)) return notJson("an array; write one {…} a line (jq -c '.[]' does that)");
  if (typeof value !== 'object' || value === null) return notJson('not an object; each line is one {…}');
  return ok(new Map(Object.entries(value)));
};

export async function* readJsonLines(lines: AsyncIterable<Line>): AsyncGenerator<Entry> {
  for await (const { number, text } of lines) {
    if (!text.ok) yield { line: number, fields: text };
    else if (text.value.trim() !== '') yield { line: number, fields: parseLine(text.value) };
  }
}
