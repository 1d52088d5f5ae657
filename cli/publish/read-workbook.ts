import { readSheet, SheetNotFoundError } from 'read-excel-file/universal';
import { BridgeError } from '../../shared/errors';
import { failed, ok, type Result } from '../../shared/result';
import { usageError } from '../report-error';
import type { Entry } from './read-json-lines';
import type { LineProblem } from './read-lines';
import { NOT_CALCULATED, tameWorkbook } from './tame-workbook';

const LARGEST_FILE_MB = 32;

/** A spreadsheet keeps 15 digits of a number and replaces the others by zeros. */
const FIRST_ROUNDED = 1e15;

const ERROR = /^#(?:N\/A|VALUE!|REF!|DIV\/0!|NUM!|NAME\?|NULL!|SPILL!|CALC!|GETTING_DATA|FIELD!|BLOCKED!|CONNECT!)$/;

type Cell = string | number | boolean | Date | null;
type Row = readonly Cell[];

const badRow = (message: string) => failed({ code: 'ROW_INVALID', message });

const toProblem = (cell: Cell, column: string): LineProblem | undefined => {
  const problem = (text: string) => badRow(`${column} ${text}`).problem;
  if (cell === NOT_CALCULATED) return problem('is a formula without a value: open the workbook in Excel and save it');
  if (typeof cell === 'string' && ERROR.test(cell)) return problem(`holds the error ${cell}`);
  if (typeof cell === 'number' && Math.abs(cell) >= FIRST_ROUNDED) {
    return problem('has more than 15 digits, which a spreadsheet rounds: format it as text and enter it again');
  }
  return undefined;
};

/** The reader rounds a fraction of a day down, often to a millisecond too early. */
const toValue = (cell: Cell): unknown => (cell instanceof Date ? new Date(Math.round(+cell / 10) * 10) : (cell ?? ''));

const toFields = (row: Row, columns: readonly string[]): Result<ReadonlyMap<string, unknown>, LineProblem> => {
  if (row.slice(columns.length).some((cell) => cell !== null))
    return badRow('a cell stands in a column without a name');
  for (const [index, column] of columns.entries()) {
    const problem = toProblem(row[index] ?? null, column);
    if (problem !== undefined) return failed(problem);
  }
  return ok(new Map(columns.map((column, index) => [column, toValue(row[index] ?? null)])));
};

const collect = async (chunks: AsyncIterable<Buffer>): Promise<Buffer> => {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > LARGEST_FILE_MB * 2 ** 20) {
      throw usageError(`the workbook is larger than ${LARGEST_FILE_MB} MB: save the sheet as CSV`);
    }
    parts.push(chunk);
  }
  return Buffer.concat(parts);
};

const readRows = async (file: Buffer, sheet: string | undefined): Promise<readonly Row[]> => {
  try {
    return (await readSheet(tameWorkbook(file), sheet ?? 1, { parseNumber: Number })) as readonly Row[];
  } catch (error) {
    if (error instanceof BridgeError) throw error;
    if (error instanceof SheetNotFoundError)
      throw usageError(error.message.replace(/^Sheet not found:/, 'there is no sheet'));
    throw usageError('the file is a zip file and no Excel workbook (.xlsx) that can be read: save the sheet as CSV');
  }
};

/**
 * Reads a sheet of an Excel workbook, whose first row that is not empty names the columns. Numbers
 * of entries are Excel's row numbers. A date becomes a Date whose UTC fields the cell shows.
 * @param sheet its name; the first one by default
 * @param checkColumns throws when a sheet with these columns must not be published
 * @throws BridgeError USAGE when the workbook cannot be read or is too large
 */
export async function* readWorkbook(
  chunks: AsyncIterable<Buffer>,
  sheet: string | undefined,
  checkColumns: (columns: readonly string[]) => void,
): AsyncGenerator<Entry> {
  const rows = await readRows(await collect(chunks), sheet);
  let columns: readonly string[] | undefined;
  for (const [index, row] of rows.entries()) {
    const width = row.findLastIndex((cell) => cell !== null) + 1;
    if (width === 0) continue;
    if (columns !== undefined) yield { line: index + 1, fields: toFields(row, columns) };
    else {
      columns = row.slice(0, width).map((cell) => String(cell ?? ''));
      checkColumns(columns);
    }
  }
}
