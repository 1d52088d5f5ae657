import { recogniseInput } from '../../../cli/publish/recognise-input';

async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (const byte of bytes) yield Buffer.from([byte]);
}

const read = async (bytes: Buffer): Promise<Buffer> => {
  const { chunks } = await recogniseInput(inPieces(bytes));
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
};

const TEXT = 'to,content\n13800138000,停电 😀\n';
const LITTLE = Buffer.from(`\ufeff${TEXT}`, 'utf16le');

describe('a file', () => {
  it('that is a zip file may be a workbook', async () => {
    expect(await recogniseInput(inPieces(Buffer.from('504b0304140006', 'hex')))).toMatchObject({ kind: 'zip' });
  });

  it('in UTF-16 of either byte order is read as text', async () => {
    expect((await read(LITTLE)).toString()).toBe(TEXT);
    expect((await read(Buffer.from(LITTLE).swap16())).toString()).toBe(TEXT);
  });

  it('in UTF-16 that is cut in a character is refused', async () => {
    await expect(read(LITTLE.subarray(0, -1))).rejects.toThrow('begins as utf-16le and is not');
  });

  it.each(['', 'a', TEXT, `\ufeff${TEXT}`])('of other text keeps its bytes: %j', async (text) => {
    expect((await read(Buffer.from(text))).toString()).toBe(text);
  });

  it.each([
    ['d0cf11e0a1b11ae1', '.xls'],
    ['1f8b0800', 'gzip'],
  ])('that begins with %s is refused by its name', async (hex, name) => {
    await expect(read(Buffer.from(hex, 'hex'))).rejects.toThrow(name);
  });
});
