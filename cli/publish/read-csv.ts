import { parse } from 'csv-parse/sync';
import { failed, ok, type Result } from '../../shared/result';
import { usageError } from '../report-error';
import type { Entry } from './read-json-lines';
import type { Line, LineProblem } from './read-lines';

/**
 * The most lines that a quoted text may span. A quote that is never closed then costs only its own
 * line, not the rest of the file.
 */
const LONGEST_RECORD_LINES = 50;

const SEPARATORS = [',', ';', '\t'] as const;

const notCsv = (message: string) => failed({ code: 'LINE_NOT_CSV', message });

/** A complete record has an even number of quotes: those inside a text are doubled. */
const isComplete = (text: string): boolean => (text.split('"').length - 1) % 2 === 0;

const parseRecord = (text: string, delimiter: string): Result<readonly string[], LineProblem> => {
  // Most lines have no quotes, and creating a parser for each would cost more than everything else.
  if (!text.includes('"')) return ok(text.split(delimiter).map((cell) => cell.trim()));
  try {
    const records = parse(text, { delimiter, trim: true, relax_column_count: true, skip_empty_lines: true });
    return records.length === 1 ? ok(records[0] as readonly string[]) : notCsv('not one record');
  } catch {
    // The error's own message would quote the line.
    return notCsv(
      'quotes are wrong: a text with a separator or a quote stands in "…", and a quote in it is written ""',
    );
  }
};

type Header = { readonly columns: readonly string[]; readonly delimiter: string };

const readHeader = (line: Line, checkColumns: (columns: readonly string[]) => void): Header => {
  if (!line.text.ok) throw usageError(`line ${line.number}: ${line.text.problem.message}`);
  const text = line.text.value;
  const count = (separator: string): number => text.split(separator).length;
  const delimiter = [...SEPARATORS].sort((a, b) => count(b) - count(a))[0] as string;
  const columns = parseRecord(text, delimiter);
  if (!columns.ok) throw usageError(`line ${line.number}, the column names: ${columns.problem.message}`);
  checkColumns(columns.value);
  return { columns: columns.value, delimiter };
};

const toFields = (
  cells: readonly string[],
  columns: readonly string[],
): Result<ReadonlyMap<string, unknown>, LineProblem> => {
  if (cells.length !== columns.length) {
    return notCsv(`${cells.length} columns instead of ${columns.length}; a text with a separator in it stands in "…"`);
  }
  return ok(new Map(columns.map((column, index) => [column, cells[index]])));
};

/** Joins as many of the first lines as it takes to close every quote. */
const joinRecord = (lines: readonly Line[]) => {
  let text = '';
  let used = 0;
  for (const line of lines.slice(0, LONGEST_RECORD_LINES)) {
    if (!line.text.ok) break;
    text += used === 0 ? line.text.value : `\n${line.text.value}`;
    used += 1;
    if (isComplete(text)) break;
  }
  return { text, used, complete: isComplete(text) };
};

/**
 * Reads CSV with a header. The separator is comma, semicolon or tab, whichever the header has most
 * often. A broken record costs only its first line; reading continues with the next line.
 * @param checkColumns throws when a file with these columns must not be published
 * @throws BridgeError USAGE when the header cannot be read
 */
export async function* readCsv(
  lines: AsyncIterable<Line>,
  checkColumns: (columns: readonly string[]) => void,
): AsyncGenerator<Entry> {
  let header: Header | undefined;
  let waiting: Line[] = [];

  /** Yields the records that the waiting lines complete; with `atEnd`, all remaining lines. */
  function* take(atEnd: boolean, { columns, delimiter }: Header): Generator<Entry> {
    while (waiting.length > 0) {
      const [first] = waiting as [Line, ...Line[]];
      if (!first.text.ok) {
        waiting = waiting.slice(1);
        yield { line: first.number, fields: first.text };
        continue;
      }
      const { text, used, complete } = joinRecord(waiting);
      if (!complete && !atEnd && used === waiting.length && used < LONGEST_RECORD_LINES) return;
      const cells = complete ? parseRecord(text, delimiter) : notCsv('a quote is opened and not closed');
      const broken = !cells.ok;
      waiting = waiting.slice(broken ? 1 : used);
      if (text.trim() === '') continue;
      yield { line: first.number, fields: cells.ok ? toFields(cells.value, columns) : cells };
    }
  }

  for await (const line of lines) {
    if (header === undefined) {
      if (line.text.ok && line.text.value.trim() === '') continue;
      header = readHeader(line, checkColumns);
      continue;
    }
    waiting.push(line);
    yield* take(false, header);
  }
  if (header !== undefined) yield* take(true, header);
}
