import { failed, ok, type Result } from '../../shared/result';

/** A line of the input without its line break, counted from 1. */
export type Line = { readonly number: number; readonly text: Result<string, LineProblem> };

/** Reason why a line is not published. `message` also tells what to do. */
export type LineProblem = { readonly code: string; readonly field?: string; readonly message: string };

/** GB18030 contains GBK and GB2312, and TextDecoder reads them alike. */
export type Encoding = 'utf-8' | 'gb18030' | 'gbk' | 'gb2312';

/** A message has at most a few kilobytes; a longer line is not kept in memory. */
const LONGEST_LINE_BYTES = 262_144;

const NEWLINE = 0x0a;

const createDecode = (encoding: Encoding): ((bytes: Buffer, first: boolean) => Result<string, LineProblem>) => {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  return (bytes, first) => {
    try {
      const text = decoder.decode(bytes).replace(/\r$/, '');
      return ok(first ? text.replace(/^\ufeff/, '') : text);
    } catch {
      const advice = encoding === 'utf-8' ? '; is it --encoding gb18030 (a Chinese Excel saves that)?' : '';
      return failed({ code: 'LINE_ENCODING', message: `the line is not ${encoding}${advice}` });
    }
  };
};

/**
 * Splits bytes into lines. A line that cannot be decoded or is too long is a problem of that line
 * only. The newline byte is part of no other character in UTF-8 and GB18030. node:readline is not
 * used, because it also splits at U+2028, which JSON text may contain.
 * @param onBytes receives the number of bytes read so far
 */
export async function* readLines(
  input: AsyncIterable<Buffer | string>,
  encoding: Encoding,
  onBytes: (total: number) => void = () => undefined,
): AsyncGenerator<Line> {
  const decode = createDecode(encoding);
  let number = 0;
  let total = 0;
  let rest: Buffer[] = [];
  let restBytes = 0;
  let tooLong = false;

  const toLine = (tail: Buffer): Line => {
    number += 1;
    const bytes = rest.length === 0 ? tail : Buffer.concat([...rest, tail]);
    const text: Line['text'] =
      tooLong || bytes.length > LONGEST_LINE_BYTES
        ? failed({ code: 'LINE_TOO_LONG', message: `the line is longer than ${LONGEST_LINE_BYTES} bytes` })
        : decode(bytes, number === 1);
    rest = [];
    restBytes = 0;
    tooLong = false;
    return { number, text };
  };

  for await (const chunk of input) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      yield toLine(bytes.subarray(start, end));
      start = end + 1;
    }
    if (start < bytes.length) {
      restBytes += bytes.length - start;
      if (restBytes > LONGEST_LINE_BYTES) {
        tooLong = true;
        rest = [];
      } else rest.push(bytes.subarray(start));
    }
    total += bytes.length;
    onBytes(total);
  }
  if (restBytes > 0) yield toLine(Buffer.alloc(0));
}
