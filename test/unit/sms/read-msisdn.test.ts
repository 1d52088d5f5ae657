import fc from 'fast-check';
import examples from 'libphonenumber-js/examples.mobile.json';
import { type CountryCode, getCountries, getExampleNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { DEST_ADDR_SPELLINGS, spellDestAddr } from '../../../shared/sms/dest-addr';
import { normaliseAddress, normaliseMsisdn } from '../../../shared/sms/normalise-msisdn';
import { readMsisdn } from '../../../shared/sms/read-msisdn';
import { tries } from '../../support/tries';

const read = (text: string): string => {
  const result = readMsisdn(text, 'CN');
  return result.ok ? `${result.value.number} ${result.value.kind}` : result.problem;
};

const E164 = getCountries().map((country) => getExampleNumber(country, examples)?.number.slice(1) ?? '');

/**
 * Valid numbers of all countries: examples, and others with different last digits, as E.164 digits.
 */
const anyNumber = fc
  .tuple(fc.constantFrom(...E164), fc.stringMatching(/^\d{7}$/))
  .map(
    ([digits, others]) =>
      digits.slice(0, -Math.min(7, digits.length - 4)) + others.slice(-Math.min(7, digits.length - 4)),
  )
  .filter((digits) => parsePhoneNumberFromString(`+${digits}`)?.isValid() === true);

/**
 * Reads digits as a Chinese gateway does: a mobile or a landline number, with or without the zero,
 * a local one, or else a foreign one.
 */
const readThere = (destAddr: string): string => {
  const international = /^(?:\+|00)(\d+)$/.exec(destAddr)?.[1];
  if (international !== undefined) return international;
  if (/^86\d{10,13}$/.test(destAddr)) return destAddr;
  if (/^(?:1[3-9]\d{9}|1\d{12}|[48]00\d{7})$/.test(destAddr)) return `86${destAddr}`;
  if (destAddr.length < 10) return `local ${destAddr}`;
  const national = parsePhoneNumberFromString(destAddr, 'CN');
  return national?.isValid() ? national.number.slice(1) : destAddr;
};

describe('telephone numbers, as people and programs write them', () => {
  it.each([
    ['13800138000', '8613800138000 mobile'],
    ['013800138000', '8613800138000 mobile'],
    ['\u202d13800138000\u202c', '8613800138000 mobile'],
    ['\ufeff+86 138\u00a00013\u20118000\r\n', '8613800138000 mobile'],
    ['\t１３８００１３８０００\u200e', '8613800138000 mobile'],
    ['tel:+86-138-0013-8000', '8613800138000 mobile'],
    ['（+86）138·0013·8000', '8613800138000 mobile'],
    ['1064812345678', '861064812345678 mobile'],
    ['14401234567 89', '861440123456789 mobile'],
    ['010-62345678', '861062345678 landline'],
    ['(0571) 8765-4321', '8657187654321 landline'],
    ['+86 (0)571 8765 4321', '8657187654321 landline'],
    ['861062345678', '861062345678 landline'],
    ['+861069012345', '861069012345 landline'],
    ['400-800-1234', '864008001234 service'],
    ['+868001234567', '868001234567 service'],
    ['6591234567', '6591234567 foreign'],
    ['0065 9123 4567', '6591234567 foreign'],
    ['85251234567', '85251234567 foreign'],
    ['+44 (0)20 7123 4567', '442071234567 foreign'],
    ['+13025551234', '+13025551234 foreign'],
    ['0013025551234', '+13025551234 foreign'],
    ['+79123456789', '+79123456789 foreign'],
    ['+676 12345', 'no-number'],
    ['86-0755-26770000', '8675526770000 landline'],
    ['8601062345678', '861062345678 landline'],
    ['17951 138 0013 8000', '8613800138000 mobile'],
    ['sms:13800138000', '8613800138000 mobile'],
    ['TEL://+86-138-0013-8000', '8613800138000 mobile'],
  ])('are read: %j is %s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it.each([
    '162',
    '165',
    '167',
    '170',
    '171',
    '145',
    '147',
    '149',
    '172',
    '190',
    '191',
    '192',
    '193',
    '194',
    '195',
    '196',
    '197',
    '198',
    '199',
  ])('include mobiles of the segment %s', (segment) => {
    expect(read(`${segment}12345678`)).toBe(`86${segment}12345678 mobile`);
  });

  it.each([
    ['62345678', 'local'],
    ['7654321', 'local'],
    ['1380013800', 'no-number'],
    ['3800138000', 'no-number'],
    ['138001380000', 'no-number'],
    ['8613800138', 'no-number'],
    ['861380013800', 'no-number'],
    ['86138001380000', 'no-number'],
    ['12345678901', 'no-number'],
    ['57187654321', 'area-code'],
    ['1062345678', 'area-code'],
    ['79123456789', 'area-code'],
    ['95598', 'short-code'],
    ['+8695598', 'short-code'],
    ['10086', 'short-code'],
    ['12306', 'short-code'],
    ['1069012', 'short-code'],
    ['1069012345', 'area-code'],
    ['10690123456', 'short-code'],
    ['110', 'short-code'],
    ['010-95598', 'short-code'],
    ['02010086', 'short-code'],
    ['+86 755 95598', 'short-code'],
    ['0086 10 96110', 'short-code'],
    ['1271314734174804', 'area-code'],
    ['1234513800138000', 'area-code'],
    ['020-87654321-801', 'no-number'],
    ['020-87654321转801', 'no-number'],
    ['13800138000/13900139000', 'no-number'],
    ['086-13800138000', 'no-number'],
    ['1.38001E+10', 'no-number'],
    ['138O0138000', 'no-number'],
    ['91234567', 'local'],
    ['0912345678', 'no-number'],
    ['13800138000a', 'no-number'],
    ['13800138000;ext=5', 'no-number'],
    ['', 'no-number'],
    ['1'.repeat(100), 'no-number'],
  ])('do not include %s: %s', (text, problem) => {
    expect(read(text)).toBe(problem);
  });

  it('do not become another mobile number by a lost or doubled digit, in any segment', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^1[35789]\d{9}$/), fc.nat(10), fc.boolean(), (number, at, twice) => {
        const damaged = number.slice(0, at) + (twice ? number[at]! + number[at]! : '') + number.slice(at + 1);
        expect(read(damaged)).not.toMatch(/mobile|landline|service/);
      }),
    );
  });

  it('hardly ever consist of 7 to 10 digits', () => {
    const accepted = fc
      .sample(fc.stringMatching(/^\d{7,10}$/), { numRuns: 2_000, seed: 1 })
      .filter((text) => normaliseMsisdn(text, 'CN') !== undefined);
    expect(accepted.length).toBeLessThan(60);
  });
});

describe('the one spelling of a number', () => {
  it.each([...getCountries()])('exists for %s', (country: CountryCode) => {
    const digits = getExampleNumber(country, examples)?.number.slice(1) as string;
    const number = normaliseMsisdn(`+${digits}`, 'CN');
    expect(number?.replace('+', '')).toBe(digits);
    expect(normaliseMsisdn(`00${digits}`, 'CN')).toBe(number);
    expect(normaliseMsisdn(number as string, 'CN')).toBe(number);
  });

  it('stays the same when it is read again; bare digits are the same number, one of the assumed country, or none', () => {
    fc.assert(
      fc.property(anyNumber, (digits) => {
        const number = normaliseMsisdn(`+${digits}`, 'CN') as string;
        expect(normaliseMsisdn(number, 'CN')).toBe(number);
        expect(normaliseMsisdn(`00${digits}`, 'CN')).toBe(number);
        const bare = normaliseMsisdn(digits, 'CN');
        if (!/^1[3-9]\d{9}$/.test(digits)) expect([number, undefined]).toContain(bare);
      }),
      { numRuns: tries(2_000) },
    );
  });

  it('is read again in every country', () => {
    fc.assert(
      fc.property(fc.constantFrom(...getCountries()), anyNumber, (country, digits) => {
        const number = normaliseMsisdn(`+${digits}`, country);
        if (number !== undefined) expect(normaliseMsisdn(number, country)).toBe(number);
      }),
      { numRuns: tries(2_000) },
    );
  });

  it.each(DEST_ADDR_SPELLINGS)('cannot be taken for another number by the province, written as %s', (spelling) => {
    fc.assert(
      fc.property(anyNumber, (digits) => {
        const number = normaliseMsisdn(`+${digits}`, 'CN') as string;
        const destAddr = spellDestAddr(number, spelling);
        if (spelling !== 'e164') expect(destAddr).toBeDefined();
        if (destAddr === undefined) return;
        expect(readThere(destAddr)).toBe(digits);
        expect(normaliseAddress(destAddr, 'CN')).toBe(number);
      }),
      { numRuns: tries(2_000) },
    );
  });

  it.each([
    ['8613800138000', ['8613800138000', '008613800138000', '+8613800138000', '13800138000']],
    ['861064812345678', ['861064812345678', '00861064812345678', '+861064812345678', '1064812345678']],
    ['861062345678', ['861062345678', '00861062345678', '+861062345678', '01062345678']],
    ['864008001234', ['864008001234', '00864008001234', '+864008001234', '4008001234']],
    ['6591234567', ['6591234567', '006591234567', '+6591234567', '006591234567']],
    ['+13025551234', [undefined, '0013025551234', '+13025551234', '0013025551234']],
  ])('is %s for the province', (number, spelled) => {
    expect(DEST_ADDR_SPELLINGS.map((spelling) => spellDestAddr(number, spelling))).toEqual(spelled);
  });
});

describe('addresses that the gateway writes', () => {
  it.each([
    ['1069012', '1069012'],
    ['10690123456', '10690123456'],
    ['95598', '95598'],
    ['12520138001380', '12520138001380'],
    ['ICBC', 'ICBC'],
    [' \u202d1069012\u202c\r\n', '1069012'],
    ['\ufeff１０６９０１２', '1069012'],
    ['1380013800', '1380013800'],
    ['\u202d13800138000\u202c', '8613800138000'],
    ['tel:13800138000', '8613800138000'],
    ['008613800138000', '8613800138000'],
    ['01062345678', '861062345678'],
  ])('are read: %j is %s', (text, address) => {
    expect(normaliseAddress(text, 'CN')).toBe(address);
  });
});
