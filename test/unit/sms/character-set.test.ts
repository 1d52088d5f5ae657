import { execFileSync } from 'node:child_process';
import { type CharacterSet, oracleCharacterSet, toCodePoint, toStorable } from '../../../shared/sms/character-set';

const setOf = (name: string): CharacterSet => oracleCharacterSet(name) as CharacterSet;
const UNICODE = setOf('AL32UTF8');
const GBK = setOf('ZHS16GBK');
const GB18030 = setOf('ZHS32GB18030');

const CHINESE = '您的电费余额为￥12.50，请及时缴费。——国网“95598”…①℃㎡';

/** Returns all characters of a range that the set holds. */
const held = (set: CharacterSet, from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, at) => String.fromCodePoint(from + at))
    .filter((one) => set.firstMissing(one) === undefined)
    .join('');

describe('a character set', () => {
  it("is one of three of Oracle's sets", () => {
    expect([UNICODE, GBK, GB18030].map(({ name }) => name)).toEqual(['AL32UTF8', 'ZHS16GBK', 'ZHS32GB18030']);
    for (const name of ['UTF8', 'ZHS16CGB231280', 'ZHT16BIG5', 'WE8MSWIN1252', 'US7ASCII', 'toString', '?'])
      expect(oracleCharacterSet(name)).toBeUndefined();
  });

  it.each([
    ['an emoji', '😀', 'U+1F600'],
    ['a rare letter of a name', '䶮', 'U+4DAE'],
    ['a letter above U+FFFF', '𠮷', 'U+20BB7'],
    ['the euro sign', '€', 'U+20AC'],
    ['an unbroken space', '\u00a0', 'U+00A0'],
    ['a bullet', '•', 'U+2022'],
    ['a letter with an accent', 'ñ', 'U+00F1'],
    ['a sign of private use', '\ue000', 'U+E000'],
    ['a replacement character', '\ufffd', 'U+FFFD'],
    ['a zero-width joiner', '\u200d', 'U+200D'],
  ])('of GBK lacks %s', (_what, character, point) => {
    const missing = GBK.firstMissing(`${CHINESE}${character}${CHINESE}`);
    expect(toCodePoint(missing ?? '')).toBe(point);
    expect(toStorable(`a${character}b`, GBK)).toBe(`a[${point}]b`);
    expect(UNICODE.firstMissing(character)).toBeUndefined();
  });

  it('of GBK holds the characters of Chinese messages, in two bytes each', () => {
    expect(GBK.firstMissing(CHINESE)).toBeUndefined();
    expect(toStorable(CHINESE, GBK)).toBe(CHINESE);
    const ascii = CHINESE.replace(/[^\0-\x7f]/g, '').length;
    for (const set of [GBK, GB18030]) expect(set.byteLength(CHINESE)).toBe(ascii + 2 * (CHINESE.length - ascii));
  });

  it('of GB18030 holds all up to U+FFFF, rare letters in four bytes, and none above', () => {
    expect(GB18030.firstMissing(`${CHINESE}䶮€ñ`)).toBeUndefined();
    expect(GB18030.byteLength('a中䶮')).toBe(1 + 2 + 4);
    expect(['😀', '𠮷', '\ud83d'].map((one) => GB18030.firstMissing(one))).toEqual(['😀', '𠮷', '\ud83d']);
  });

  it('holds no half of a pair', () => {
    for (const set of [UNICODE, GBK, GB18030]) {
      expect(set.firstMissing('a\ud83d')).toBe('\ud83d');
      expect(set.firstMissing('\ude00b')).toBe('\ude00');
    }
    expect(UNICODE.firstMissing('a😀b')).toBeUndefined();
  });

  it('agrees with the C library about its characters and their bytes', () => {
    const letters = held(GBK, 0, 0xffff);
    expect([...letters].length).toBe(128 + 21_791);
    const encoded = execFileSync('iconv', ['-f', 'UTF-8', '-t', 'GBK'], { input: letters });
    expect(encoded.length).toBe(GBK.byteLength(letters));
    expect(GB18030.byteLength(letters)).toBe(encoded.length);
    expect(execFileSync('iconv', ['-f', 'CP936', '-t', 'UTF-8'], { input: encoded }).toString()).toBe(letters);
  });
});
