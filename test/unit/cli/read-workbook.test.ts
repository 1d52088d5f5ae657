import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { readWorkbook } from '../../../cli/publish/read-workbook';
import { toMessage } from '../../../cli/publish/to-message';
import { createWorkbook, date, number, text, type XmlCell } from '../../support/workbook';

const HEADER = [text('to'), text('content'), text('scheduledAt'), text('needReport')];

const read = async (file: Buffer, sheet?: string) => {
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < file.length; at += 65_536) yield file.subarray(at, at + 65_536);
  }
  const all: [number, unknown][] = [];
  for await (const { line, fields } of readWorkbook(chunks(), sheet, () => undefined)) {
    all.push([line, fields.ok ? Object.fromEntries(fields.value) : fields.problem.message]);
  }
  return all;
};
const readRows = (...rows: readonly (readonly XmlCell[])[]) => read(createWorkbook({ first: [HEADER, ...rows] }));

describe('a workbook', () => {
  it('gives its first sheet by default, with the row numbers of Excel and without empty rows', async () => {
    const rows = [[], HEADER, [], [text('13800138000'), text('停电 &amp; 通知')], [null, text('b'), null, null]];
    const file = createWorkbook({ 客户: rows, other: [[text('to')], [text('1')]] });
    expect(await read(file)).toEqual([
      [4, { to: '13800138000', content: '停电 & 通知', scheduledAt: '', needReport: '' }],
      [5, { to: '', content: 'b', scheduledAt: '', needReport: '' }],
    ]);
    expect(await read(file, 'other')).toEqual([[2, { to: '1' }]]);
    await expect(read(file, 'missing')).rejects.toThrow('there is no sheet missing. Available sheets: 客户, other');
  });

  // made with XlsxWriter 3: shared strings, a rich text, a date, a formula with its value
  it('is read as another program writes it', async () => {
    expect(await read(readFileSync(join(__dirname, '../../fixtures/customers.xlsx')))).toEqual([
      [2, { to: 13800138000, content: '停电通知', scheduledAt: new Date('2026-11-24T08:00:00Z') }],
      [4, { to: '13800138001', content: 'ab', scheduledAt: '' }],
    ]);
  });

  it.each(['13800138000', '1.3800138E10', '13800138000.0'])('keeps the digits of the number %s', async (digits) => {
    expect(await readRows([number(digits), text('x')])).toEqual([[2, expect.objectContaining({ to: 13800138000 })]]);
  });

  it('reads a date as the workbook shows it, in the given zone, and a truth', async () => {
    const serial = (Date.UTC(2026, 10, 24, 20, 20, 59) - Date.UTC(1899, 11, 30)) / 86_400_000;
    const row = [number('13800138000'), text('x'), date(serial), [' t="b"', '<v>0</v>']] as const;
    const [[, fields]] = (await readRows(row)) as [[number, object]];
    const defaults = { fields: new Map([['appId', 'a']]), messageId: () => 'm', now: () => 0, ignoreUnknown: false };
    const toInstant = (wallMs: number): number => wallMs - 3_600_000;
    expect(toMessage(2, new Map(Object.entries(fields)), { ...defaults, toInstant })).toMatchObject({
      ok: true,
      value: { to: '13800138000', scheduledAt: Date.UTC(2026, 10, 24, 19, 20, 59), needReport: false },
    });
  });

  it('counts a formula as its value, and never takes a missing one or an error for an empty cell', async () => {
    const to = number('13800138000');
    expect(
      await readRows(
        [to, [' t="str"', '<f>A1</f><v>calculated</v>']],
        [to, ['', '<f>A1</f>']],
        [to, ['', '<f>A1</f><v/>']],
        [to, text('x'), [' t="e"', '<v>#N/A</v>']],
        [to, [' t="str"', '<f>""</f><v></v>']],
      ),
    ).toEqual([
      [2, expect.objectContaining({ content: 'calculated' })],
      [3, expect.stringContaining('content is a formula without a value')],
      [4, expect.stringContaining('content is a formula without a value')],
      [5, 'scheduledAt holds the error #N/A'],
      [6, expect.objectContaining({ content: '' })],
    ]);
  });

  it('names a row whose digits are lost, and a cell beside the columns', async () => {
    const extra = [number('1'), text('x'), null, null, text('beside')];
    expect(await readRows([number('8613800138000123456'), text('x')], extra)).toEqual([
      [2, expect.stringContaining('to has more than 15 digits')],
      [3, 'a cell stands in a column without a name'],
    ]);
  });

  it('loses no digit wherever the reader cuts its input', async () => {
    const wanted = Array.from({ length: 30_000 }, (_, at) => 13_800_000_000 + at * 7);
    const rows = wanted.map((to, at) => [number(String(to)), text('字'.repeat(at % 13) + at)]);
    const found = await readRows(...rows);
    const whole = wanted.every((to, at) => {
      const [line, fields] = found[at] as [number, { readonly to: number; readonly content: string }];
      return line === at + 2 && fields.to === to && fields.content === '字'.repeat(at % 13) + at;
    });
    expect([found.length, whole]).toEqual([30_000, true]);
  });
});

describe('a workbook that would fill the memory', () => {
  const sheet = (inside: string) => createWorkbook({ s: `<worksheet><sheetData>${inside}</sheetData></worksheet>` });
  const ZEROS = Buffer.alloc(140 * 2 ** 20);

  it.each([
    ['with a row far below', () => sheet('<row r="1000000"><c r="A1000000"><v>1</v></c></row>'), '200,000 rows'],
    ['with a row number that is none', () => sheet('<row r="1e99"><c r="A1"><v>1</v></c></row>'), '200,000 rows'],
    ['with a column far away', () => sheet('<row r="1"><c r="XFD1"><v>1</v></c></row>'), '104 columns'],
    ['that is a zip bomb', () => createWorkbook({ s: [] }, { 'xl/bomb.xml': ZEROS }), '128 MB when unpacked'],
    ['of more than 32 MB', () => Buffer.alloc(33 * 2 ** 20), 'larger than 32 MB'],
    ['that is another zip file', () => Buffer.from(zipSync({ 'a.txt': Buffer.from('x') })), 'no Excel workbook'],
    ['that is cut', () => createWorkbook({ s: [] }).subarray(0, -30), 'no Excel workbook'],
  ])('%s is refused', async (_, file, message) => {
    await expect(read(file())).rejects.toThrow(message);
  });

  it('is read when the far cells are empty', async () => {
    const file = sheet(
      '<row r="1"><c r="A1" t="inlineStr"><is><t>to</t></is></c><c r="XFD1" s="0"/></row><row r="2"><c r="A2"><v>1</v></c></row><row r="1048576" s="0"></row>',
    );
    expect(await read(file)).toEqual([[2, { to: 1 }]]);
  });
});
