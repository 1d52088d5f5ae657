import { strToU8, type Zippable, zipSync } from 'fflate';

const PACKAGE = 'http://schemas.openxmlformats.org/package/2006/relationships';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';

/** A cell as it is in XML, without its address: attributes, then what it holds. */
export type XmlCell = readonly [attributes: string, content: string] | null;

export const text = (value: string): XmlCell => [' t="inlineStr"', `<is><t>${value}</t></is>`];
export const number = (value: string): XmlCell => ['', `<v>${value}</v>`];
/** @param serial days since 1900 */
export const date = (serial: number): XmlCell => [' s="1"', `<v>${serial}</v>`];

const toSheet = (rows: readonly (readonly XmlCell[])[]): string => {
  const xml = rows.map((cells, row) => {
    const inside = cells.map((cell, column) =>
      cell === null ? '' : `<c r="${String.fromCharCode(65 + column)}${row + 1}"${cell[0]}>${cell[1]}</c>`,
    );
    return `<row r="${row + 1}">${inside.join('')}</row>`;
  });
  return `<worksheet xmlns="${MAIN}"><sheetData>${xml.join('')}</sheetData></worksheet>`;
};

/** Makes a workbook of these sheets, by ECMA-376 part 1, with a date format as style 1. */
export const createWorkbook = (
  sheets: Readonly<Record<string, readonly (readonly XmlCell[])[] | string>>,
  more: Zippable = {},
): Buffer => {
  const names = Object.keys(sheets);
  const relations = names.map(
    (_, at) => `<Relationship Id="r${at}" Type="${OFFICE}/worksheet" Target="worksheets/sheet${at}.xml"/>`,
  );
  const listed = names.map((name, at) => `<sheet name="${name}" sheetId="${at + 1}" r:id="r${at}"/>`);
  const parts: Record<string, string> = {
    'xl/workbook.xml': `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${listed.join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${PACKAGE}">${relations.join('')}<Relationship Id="s" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`,
    'xl/styles.xml': `<styleSheet xmlns="${MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>`,
  };
  for (const [at, sheet] of Object.values(sheets).entries()) {
    parts[`xl/worksheets/sheet${at}.xml`] = typeof sheet === 'string' ? sheet : toSheet(sheet);
  }
  const packed = Object.fromEntries(Object.entries(parts).map(([name, xml]) => [name, strToU8(xml)]));
  return Buffer.from(zipSync({ ...packed, ...more }));
};
