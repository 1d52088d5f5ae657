import fc from 'fast-check';
import { readCsv } from '../../../cli/publish/read-csv';
import { type Entry, readJsonLines } from '../../../cli/publish/read-json-lines';
import { type Encoding, readLines } from '../../../cli/publish/read-lines';
import { tries } from '../../support/tries';

async function* chunks(...parts: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part as string);
}

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

const lines = (text: string | Buffer, encoding: Encoding = 'utf-8') => readLines(chunks(text), encoding);
const csv = (text: string | Buffer, encoding: Encoding = 'utf-8') =>
  collect(readCsv(lines(text, encoding), () => undefined));
const json = (text: string) => collect(readJsonLines(lines(text)));

const good = ({ line, fields }: Entry) => [line, fields.ok ? Object.fromEntries(fields.value) : fields.problem.code];

describe('lines of a file', () => {
  it('are joined across all chunk boundaries', async () => {
    const text = 'first\nsecond 停电\r\n\nlast';
    const bytes = Buffer.from(text);
    const wanted = [
      [1, 'first'],
      [2, 'second 停电'],
      [3, ''],
      [4, 'last'],
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length)), async (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const parts = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        const found = await collect(readLines(chunks(...parts), 'utf-8'));
        expect(found.map(({ number, text: line }) => [number, line.ok ? line.value : line.problem])).toEqual(wanted);
      }),
    );
  });

  it('begin after a byte order mark, and are read as GB18030 on request', async () => {
    expect((await collect(lines('\ufeffto')))[0]?.text).toEqual({ ok: true, value: 'to' });
    const gb18030 = Buffer.from([0xcd, 0xa3, 0xb5, 0xe7]);
    expect((await collect(lines(gb18030, 'gb18030')))[0]?.text).toEqual({ ok: true, value: '停电' });
    expect((await collect(lines(gb18030)))[0]?.text).toMatchObject({ ok: false, problem: { code: 'LINE_ENCODING' } });
  });

  it('of endless length cost only themselves', async () => {
    const endless = Buffer.alloc(300_000, 'x');
    const found = await collect(readLines(chunks('a\n', endless, endless, '\nb\n', endless, '\nc'), 'utf-8'));
    expect(found.map(({ text }) => (text.ok ? text.value : text.problem.code))).toEqual([
      'a',
      'LINE_TOO_LONG',
      'b',
      'LINE_TOO_LONG',
      'c',
    ]);
  });
});

describe('JSON lines', () => {
  it('are objects; others are named with their line', async () => {
    expect((await json('{"to":"1"}\n\n[1]\nnope\n"x"\n{"to":"2"}')).map(good)).toEqual([
      [1, { to: '1' }],
      [3, 'LINE_NOT_JSON'],
      [4, 'LINE_NOT_JSON'],
      [5, 'LINE_NOT_JSON'],
      [6, { to: '2' }],
    ]);
  });

  it('keep line separators that are part of a text', async () => {
    expect((await json('{"content":"a\u2028b"}')).map(good)).toEqual([[1, { content: 'a\u2028b' }]]);
  });

  it('never show the text of an invalid line', async () => {
    const [entry] = await json('{"content":"secret words" oops}');
    expect(JSON.stringify(entry)).not.toContain('secret');
  });
});

describe('CSV', () => {
  it('allows quoted texts with separators, quotes and line ends', async () => {
    const text = 'to,content\n1,"a, ""b""\nc"\n 2 , d \n';
    expect((await csv(text)).map(good)).toEqual([
      [2, { to: '1', content: 'a, "b"\nc' }],
      [4, { to: '2', content: 'd' }],
    ]);
  });

  it.each([';', '\t'])('allows %j as the separator', async (separator) => {
    expect((await csv(['to', 'content\n1', 'a, b'].join(separator))).map(good)).toEqual([
      [2, { to: '1', content: 'a, b' }],
    ]);
  });

  it('loses one line to an open quote', async () => {
    const text = 'to,content\n1,"open\n2,fine\n3,"also ""fine"""\n4,last\n';
    expect((await csv(text)).map(good)).toEqual([
      [2, 'LINE_NOT_CSV'],
      [3, { to: '2', content: 'fine' }],
      [4, { to: '3', content: 'also "fine"' }],
      [5, { to: '4', content: 'last' }],
    ]);
  });

  it('reports a line with another number of columns', async () => {
    expect((await csv('to,content\n1,a,b\n2\n3,c\n')).map(good)).toEqual([
      [2, 'LINE_NOT_CSV'],
      [3, 'LINE_NOT_CSV'],
      [4, { to: '3', content: 'c' }],
    ]);
  });

  const cell = fc
    .string({ unit: fc.constantFrom('a', '"', ',', '\n', '停', ' x ') })
    .map((text) => text.replace(/\r/g, ''));
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

  it('returns every well-written text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 20 }), async (texts) => {
        const file = `to,content\n${texts.map((text) => `1,${quoted(text)}`).join('\n')}\n`;
        const found = await csv(file);
        expect(found.map(({ fields }) => (fields.ok ? fields.value.get('content') : fields.problem))).toEqual(texts);
      }),
    );
  });

  it('survives any bytes, and a valid line far from them goes through', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 20 }), async (rubbish) => {
        const bytes = Buffer.concat([
          Buffer.from('to,content\n'),
          ...rubbish.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]),
          Buffer.from('13800138000,last\n'),
        ]);
        const found = await csv(bytes);
        expect(found.at(-1)?.fields).toEqual({
          ok: true,
          value: new Map([
            ['to', '13800138000'],
            ['content', 'last'],
          ]),
        });
      }),
      { numRuns: tries(300) },
    );
  });
});
