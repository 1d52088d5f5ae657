import { usageError } from '../report-error';

/** The longest beginning that tells kinds of files apart: that of an old Excel workbook. */
const MAGIC_BYTES = 4;

const ZIP = '504b0304';
const BINARY: readonly (readonly [hex: string, name: string])[] = [
  ['d0cf11e0', 'an old Excel workbook (.xls)'],
  ['1f8b', 'a gzip file'],
  ['25504446', 'a PDF'],
];

const BYTE_ORDER_MARKS = { fffe: 'utf-16le', feff: 'utf-16be' } as const;

/** A cut or mixed file must not be sent with replacement characters in its texts. */
async function* toUtf8(chunks: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const decode = (bytes?: Buffer): Buffer => {
    try {
      return Buffer.from(decoder.decode(bytes, { stream: bytes !== undefined }));
    } catch {
      throw usageError(`the file begins as ${encoding} and is not: save it as "CSV UTF-8"`);
    }
  };
  for await (const chunk of chunks) yield decode(chunk);
  yield decode();
}

/**
 * Recognises a file by its first bytes. UTF-16 with a byte order mark becomes UTF-8; other text and
 * a zip file, which may be a workbook, keep their bytes.
 * @throws BridgeError USAGE for other files that are no text
 */
export const recogniseInput = async (
  input: AsyncIterable<Buffer>,
): Promise<{ readonly chunks: AsyncIterable<Buffer>; readonly kind: 'text' | 'utf-16' | 'zip' }> => {
  const iterator = input[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < MAGIC_BYTES) {
    const { done, value } = await iterator.next();
    if (done) break;
    start = Buffer.concat([start, value]);
  }
  async function* again(): AsyncGenerator<Buffer> {
    if (start.length > 0) yield start;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  const magic = start.subarray(0, MAGIC_BYTES).toString('hex');
  if (magic === ZIP) return { chunks: again(), kind: 'zip' };
  const binary = BINARY.find(([hex]) => magic.startsWith(hex));
  if (binary !== undefined) {
    throw usageError(`the file is ${binary[1]}, not text: save the sheet as .xlsx or "CSV UTF-8" and publish that`);
  }
  const encoding = BYTE_ORDER_MARKS[magic.slice(0, 4) as keyof typeof BYTE_ORDER_MARKS];
  return encoding === undefined
    ? { chunks: again(), kind: 'text' }
    : { chunks: toUtf8(again(), encoding), kind: 'utf-16' };
};
