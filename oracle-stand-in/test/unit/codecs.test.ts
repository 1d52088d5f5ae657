import fc from 'fast-check';
import { anyCharacter } from '../../../test/support/any-character';
import { tries } from '../../../test/support/tries';
import { swapCase } from '../../sql/names';
import { toNormalText, toTokens } from '../../sql/tokens';
import { createByteReader } from '../../wire/byte-reader';
import { createByteWriter } from '../../wire/byte-writer';
import {
  decodeOracleDatetime,
  decodeOracleInterval,
  encodeOracleDatetime,
  encodeOracleInterval,
} from '../../wire/oracle-datetime';
import { decodeOracleNumber, encodeOracleNumber } from '../../wire/oracle-number';

describe('codecs of the Oracle stand-in', () => {
  it('read back integers, bytes and texts', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 47), max: 2 ** 47 }),
        fc.uint8Array({ maxLength: 700 }),
        fc.string({ unit: anyCharacter, minLength: 1 }),
        (integer, bytes, text) => {
          const reader = createByteReader(createByteWriter().sb(integer).bytes(bytes).text(text).toBuffer());
          expect(reader.ub()).toBe(integer);
          expect((reader.bytes() ?? Buffer.alloc(0)).equals(bytes)).toBe(true);
          expect(reader.ub()).toBe(Buffer.byteLength(text));
          expect(reader.text()).toBe(text);
          expect(reader.position()).toBe(reader.length);
        },
      ),
      { numRuns: tries(100) },
    );
  });

  it('write long bytes in chunks', () => {
    const bytes = Buffer.alloc(100_000, 7);
    expect(createByteReader(createByteWriter().bytes(bytes).toBuffer()).bytes()?.equals(bytes)).toBe(true);
  });

  it('keep every number', () => {
    const digits = fc.stringMatching(/^-?(0|[1-9][0-9]{0,18})(\.[0-9]{0,18}[1-9])?$/);
    fc.assert(
      fc.property(digits, (text) => {
        const value = text === '-0' ? '0' : text;
        expect(decodeOracleNumber(encodeOracleNumber(value))).toBe(value);
      }),
      { numRuns: tries(100) },
    );
  });

  it.each([
    ['0', '80'],
    ['1', 'c102'],
    ['-1', '3e6466'],
    ['123.45', 'c202182e'],
    ['1e3', 'c20b'],
    ['0.001', 'bf0b'],
  ])('write %s as Oracle does', (text, hex) => {
    expect(encodeOracleNumber(text).toString('hex')).toBe(hex);
  });

  it('keep every time and interval', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }), (date) => {
        const text = date
          .toISOString()
          .replace('T', ' ')
          .replace(/(\.\d{3})Z$/, (_, fraction: string) => (fraction === '.000' ? '' : `${fraction}000`));
        expect(decodeOracleDatetime(encodeOracleDatetime(text, 11))).toBe(text);
      }),
      { numRuns: tries(100) },
    );
    expect(decodeOracleInterval(encodeOracleInterval('1 2:03:04.5'))).toBe(
      '1 days 2 hours 3 minutes 4 seconds 500000 microseconds',
    );
    expect(decodeOracleInterval(encodeOracleInterval('-0:00:01'))).toBe(
      '0 days 0 hours 0 minutes -1 seconds 0 microseconds',
    );
  });
});

describe('names and tokens', () => {
  it('change the case of every letter, and back', () => {
    fc.assert(fc.property(fc.string(), (name) => expect(swapCase(swapCase(name))).toBe(name)));
    expect(swapCase('KB_out')).toBe('kb_OUT');
  });

  it('include strings, quoted names, binds, comments and q-quoting', () => {
    const tokens = toTokens(
      `SELECT /*+ HINT */ "a b", 'it''s', q'[x'y]', :name, :1, 1.5e3 -- end\nFROM T WHERE A<=.5 AND B!=2`,
    );
    expect(tokens.map(({ kind, value }) => `${kind} ${value}`).slice(0, 12)).toEqual([
      ...[
        'word SELECT',
        'quoted a b',
        'symbol ,',
        `string it's`,
        'symbol ,',
        `string x'y`,
        'symbol ,',
        'bind NAME',
        'symbol ,',
        'bind 1',
        'symbol ,',
        'number 1.5e3',
      ],
    ]);
    expect(tokens.slice(-3).map(({ text }) => text)).toEqual(['B', '!=', '2']);
    expect(toNormalText('begin\n  :x := 1; -- one\nend;')).toBe(toNormalText('BEGIN :X:=1; END;'));
  });
});
