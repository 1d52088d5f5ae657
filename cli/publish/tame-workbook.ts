import { type Unzipped, unzipSync, zipSync } from 'fflate';
import { usageError } from '../report-error';

/** Most bytes that a workbook may have when unpacked: its sheets are read into memory. */
const LARGEST_UNPACKED_MB = 128;
/** Most rows and columns of a sheet: a cell far away makes the reader fill all rows up to it. */
const MOST_ROWS = 200_000;
const COLUMNS = /^(?:[A-Z]|[A-C][A-Z])[1-9]\d*$/;

/** Stands for the value of a formula that no spreadsheet program has calculated yet. */
export const NOT_CALCULATED = '#NOT CALCULATED';

const EMPTY_CELL = /<(?:\w+:)?c\b[^>]*\/>/g;
const EMPTY_ROW = /<(?:\w+:)?row\b[^>]*?(?:\/>|>\s*<\/(?:\w+:)?row>)/g;
const ROW = /<(?:\w+:)?row\b([^>]*)>/g;
const CELL = /<(\w+:)?c\b([^>]*)>([\s\S]*?)<\/(?:\w+:)?c>/g;
const ADDRESS = /\sr\s*=\s*["']([^"']*)["']/;
const FORMULA = /<(?:\w+:)?f\b/;
const EMPTY_VALUE = /<(?:\w+:)?v\s*\/>|<(?:\w+:)?v>\s*<\//;
/** Errors (e) would be read as empty cells, and ISO dates (d) in the wrong zone. */
const TO_TEXT = /\st\s*=\s*["'][ed]["']/;

/** A text may well be empty; a number of a formula may not. */
const isUncalculated = (attributes: string, body: string): boolean =>
  !/<(?:\w+:)?v\b/.test(body) || (EMPTY_VALUE.test(body) && !/\st\s*=\s*["']str["']/.test(attributes));

const toTamedSheet = (xml: string): string => {
  const tamed = xml.replace(EMPTY_CELL, '').replace(EMPTY_ROW, '');
  for (const [, attributes = ''] of tamed.matchAll(ROW)) {
    const row = ADDRESS.exec(attributes)?.[1];
    if (row !== undefined && !(Number(row) <= MOST_ROWS)) {
      throw usageError(`a sheet has more than ${MOST_ROWS.toLocaleString('en')} rows: divide it, or save it as CSV`);
    }
  }
  return tamed.replace(CELL, (cell, prefix = '', attributes: string, body: string) => {
    if (!COLUMNS.test(ADDRESS.exec(attributes)?.[1] ?? 'A1')) {
      throw usageError('a sheet has more than 104 columns (A to CZ): delete those that hold no field');
    }
    const text = attributes.replace(TO_TEXT, ' t="str"');
    if (FORMULA.test(body) && isUncalculated(attributes, body)) {
      const address = ADDRESS.exec(attributes)?.[0] ?? '';
      return `<${prefix}c${address} t="str"><${prefix}v>${NOT_CALCULATED}</${prefix}v></${prefix}c>`;
    }
    return text === attributes ? cell : `<${prefix}c${text}>${body}</${prefix}c>`;
  });
};

const unpack = (file: Uint8Array): Unzipped => {
  let bytes = 0;
  return unzipSync(file, {
    filter: ({ name, originalSize }) => {
      if (!/\.(xml|rels)$/i.test(name)) return false;
      bytes += originalSize;
      if (bytes <= LARGEST_UNPACKED_MB * 2 ** 20) return true;
      throw usageError(`the workbook has more than ${LARGEST_UNPACKED_MB} MB when unpacked: save the sheet as CSV`);
    },
  });
};

/**
 * Returns the workbook as an uncompressed one that is safe to read: it is no larger than it claims
 * to be, no cell stands far away, and no error or uncalculated formula looks like an empty cell.
 * @throws BridgeError USAGE
 */
export const tameWorkbook = (file: Uint8Array): ArrayBuffer => {
  const parts = unpack(file);
  for (const [name, bytes] of Object.entries(parts)) {
    const part = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (part.includes('sheetData')) parts[name] = Buffer.from(toTamedSheet(part.toString()));
  }
  return zipSync(parts, { level: 0 }).buffer as ArrayBuffer;
};
