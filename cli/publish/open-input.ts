import { createReadStream, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { usageError } from '../report-error';
import { readCsv } from './read-csv';
import { type Entry, readJsonLines } from './read-json-lines';
import { type Encoding, readLines } from './read-lines';
import { recogniseInput } from './recognise-input';
import { FIELDS, toField } from './to-message';

export type Format = 'csv' | 'jsonl';

export type Input = {
  readonly entries: AsyncIterable<Entry>;
  /** size of the input; undefined when it is not known */
  readonly totalBytes: number | undefined;
  readonly readBytes: () => number;
};

const formatOf = (path: string): Format | undefined => {
  if (/\.(csv|tsv|txt)$/i.test(path)) return 'csv';
  return /\.(jsonl|ndjson|json)$/i.test(path) ? 'jsonl' : undefined;
};

/**
 * Guesses the format from the first character that is not blank: `{` and `[` begin no column name.
 * Returns the chunks again, including those already read.
 */
const guessFormat = async (
  chunks: AsyncIterable<Buffer>,
): Promise<{ readonly format: Format; readonly chunks: AsyncIterable<Buffer> }> => {
  const iterator = chunks[Symbol.asyncIterator]();
  const seen: Buffer[] = [];
  let start = '';
  while (start === '') {
    const { done, value } = await iterator.next();
    if (done) break;
    seen.push(value);
    start = value.toString('latin1').replace(/^ï»¿/, '').trimStart();
  }
  async function* again(): AsyncGenerator<Buffer> {
    yield* seen;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { format: /^[{[]/.test(start) ? 'jsonl' : 'csv', chunks: again() };
};

/**
 * Checks the column names. A file without a header must not be published with its first message
 * taken for one.
 * @throws BridgeError USAGE
 */
const checkColumns = (ignoreUnknown: boolean, defaults: ReadonlySet<string>) => (columns: readonly string[]) => {
  const known = columns.map(toField);
  const unknown = columns.filter((_, index) => known[index] === undefined);
  const twice = known.find((field, index) => field !== undefined && known.indexOf(field) !== index);
  const missing = ['to', 'content'].filter((field) => !defaults.has(field) && !known.includes(field as 'to'));
  if (twice !== undefined) throw usageError(`two columns are named ${twice}`);
  if (missing.length > 0) {
    throw usageError(
      `the first line or row must name the columns, among them ${missing.join(' and ')}; all are ${FIELDS.join(', ')}`,
    );
  }
  if (unknown.length > 0 && !ignoreUnknown) {
    const names = unknown.map((name) => JSON.stringify(name.slice(0, 40))).join(', ');
    throw usageError(`unknown column ${names}: the columns are ${FIELDS.join(', ')}; --ignore-unknown skips others`);
  }
};

/**
 * Yields the stream's chunks until the signal fires, also while no input arrives: Ctrl-C must not
 * wait for the next line.
 */
async function* untilStopped(stream: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  const stop = (): void => void stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (!signal.aborted) yield* stream;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * Opens a file, or standard input for `-`, as a sequence of entries. The sequence ends early when
 * the signal fires.
 * @throws BridgeError USAGE when the file cannot be read
 */
export const openInput = async (
  path: string,
  stdin: NodeJS.ReadStream,
  signal: AbortSignal,
  options: {
    readonly format?: Format;
    readonly encoding: Encoding;
    /** of a workbook */
    readonly sheet?: string;
    readonly ignoreUnknown: boolean;
    /** fields that need no column */
    readonly defaults: ReadonlySet<string>;
  },
): Promise<Input> => {
  let totalBytes: number | undefined;
  if (path !== '-') {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) throw usageError(`there is no file ${path}`);
    if (stat.isDirectory()) throw usageError(`${path} is a directory`);
    totalBytes = stat.isFile() ? stat.size : undefined;
  }
  const stream = untilStopped(path === '-' ? stdin : createReadStream(path), signal);
  const { chunks, kind } = await recogniseInput(stream);
  const check = checkColumns(options.ignoreUnknown, options.defaults);
  if (kind === 'zip') {
    const { readWorkbook } = await import('./read-workbook.js');
    return { entries: readWorkbook(chunks, options.sheet, check), totalBytes, readBytes: () => totalBytes ?? 0 };
  }
  if (options.sheet !== undefined) throw usageError('--sheet is for Excel workbooks (.xlsx)');
  let readBytes = 0;
  const given = options.format ?? formatOf(path);
  const { format, chunks: all } = given === undefined ? await guessFormat(chunks) : { format: given, chunks };
  const lines = readLines(all, kind === 'utf-16' ? 'utf-8' : options.encoding, (total) => {
    readBytes = total;
  });
  const entries = format === 'jsonl' ? readJsonLines(lines) : readCsv(lines, check);
  return { entries, totalBytes, readBytes: () => readBytes };
};
