import {
  type CountryCode,
  getCountryCallingCode,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import { failed, ok, type Result } from '../result';
import { CHINESE_MOBILE } from './chinese-mobile';
import { toDialled } from './dialled-text';

/** ISO 3166 code of the country whose national numbers are written without a country code. */
export type Country = CountryCode;

/**
 * Kinds of a number as seen from the country: `service` are its 400, 800 and similar numbers,
 * `foreign` those of all other countries.
 */
export const NUMBER_KINDS = ['mobile', 'landline', 'service', 'foreign'] as const;
export type NumberKind = (typeof NUMBER_KINDS)[number];

/**
 * A number in canonical spelling: E.164 digits (`8613800138000`). A plus precedes them where the
 * digits alone are, or look like, another number of the country: `+13025551234`, because
 * 13025551234 is a Chinese mobile number.
 */
export type Msisdn = { readonly number: string; readonly kind: NumberKind };

/** Why a text is not a number. */
export type NumberProblem = 'no-number' | 'local' | 'area-code' | 'short-code';

/** 110, 12306, 10086, 95598, 96110 …, and the access numbers of services (106…). */
const CHINESE_SHORT_CODE = /^(?:1\d{2,5}|9[56]\d{3,4}|10\d{3,6}|106\d{4,17})$/;

/** Longer texts are refused without parsing, which would only cost time. */
const LONGEST_INPUT = 80;

/** Fewer digits without a plus may be a local number, or a number that lost a digit. */
const UNMISTAKABLE_DIGITS = 11;
const UNMISTAKABLE_MOBILE_DIGITS = 10;
const LONGEST_CALLING_CODE_OF_THOSE = 2;

const NO_NUMBER: Result<Msisdn, NumberProblem> = failed('no-number');

const parse = (text: string, country: Country): PhoneNumber | undefined => {
  const number = parsePhoneNumberFromString(text, { defaultCountry: country, extract: false });
  return number?.isValid() && number.ext === undefined ? number : undefined;
};

const digitsOf = (number: PhoneNumber): string => number.number.slice(1);

const isMobile = (number: PhoneNumber): boolean => ['MOBILE', 'FIXED_LINE_OR_MOBILE'].includes(number.getType() ?? '');

const isOwn = (number: PhoneNumber, country: Country): boolean =>
  number.countryCallingCode === getCountryCallingCode(country);

const ownKind = (number: PhoneNumber): NumberKind => {
  if (isMobile(number)) return 'mobile';
  return number.getType() === 'FIXED_LINE' ? 'landline' : 'service';
};

/**
 * Keeps the plus where the digits with the country code are another number without it, which
 * happens in some countries.
 */
const toOwn = (number: PhoneNumber, country: Country): Msisdn => ({
  number: parse(digitsOf(number), country)?.number === number.number ? digitsOf(number) : number.number,
  kind: ownKind(number),
});

/**
 * Chinese landlines have 10 or 11 digits with their area code. Fewer digits are an area code with
 * the short code of a local service (010-95598), or numbers that begin with 16.
 */
const SHORT_CODE_OF_AREA = /^(?:10|[2-9])\d{0,7}$/;

const isShortCode = (digits: string, country: Country): boolean => country === 'CN' && CHINESE_SHORT_CODE.test(digits);

const isShortCodeOfArea = (number: PhoneNumber, country: Country): boolean =>
  country === 'CN' && SHORT_CODE_OF_AREA.test(number.nationalNumber);

/**
 * Tells whether the digits of a foreign number, without a plus, can only be that number: not a
 * number of the country (with or without the area code's zero), not a local number, not one that
 * lost a digit. In China all digits that begin with 1 are a mobile number or a short code.
 */
const isUnmistakable = (number: PhoneNumber, country: Country): boolean => {
  const digits = digitsOf(number);
  const enough =
    digits.length >= UNMISTAKABLE_DIGITS ||
    (digits.length === UNMISTAKABLE_MOBILE_DIGITS &&
      number.countryCallingCode.length <= LONGEST_CALLING_CODE_OF_THOSE &&
      isMobile(number));
  if (!enough || (country === 'CN' && digits.startsWith('1'))) return false;
  const national = parse(digits, country);
  return !isShortCode(digits, country) && (national === undefined || !isOwn(national, country));
};

const toForeign = (number: PhoneNumber, country: Country): Msisdn => ({
  number: isUnmistakable(number, country) ? digitsOf(number) : number.number,
  kind: 'foreign',
});

/** Reads digits that begin with a country code. */
const readInternational = (digits: string, country: Country): Result<Msisdn, NumberProblem> => {
  const number = parse(`+${digits}`, country);
  if (number !== undefined && !isOwn(number, country)) return ok(toForeign(number, country));
  if (number !== undefined && isShortCodeOfArea(number, country)) return failed('short-code');
  if (number !== undefined) return ok(toOwn(number, country));
  const code = getCountryCallingCode(country);
  return digits.startsWith(code) && isShortCode(digits.slice(code.length), country) ? failed('short-code') : NO_NUMBER;
};

/** Prefixes dialled in China for calls over the Internet or to users of Fetion. */
const CHINESE_CARRIER = /^(?:179\d\d|12593|12520)/;

/**
 * Tells whether a number of the country is written in full: a mobile number, a landline with its
 * area code as dialled, or either with the country code. Needed because the library also strips
 * digits that it takes for a carrier's code, and so accepts other digits before a number.
 */
const isWrittenOut = (digits: string, number: PhoneNumber, country: Country): boolean => {
  if (digits === digitsOf(number)) return true;
  if (isMobile(number) && (digits === number.nationalNumber || (country === 'CN' && CHINESE_CARRIER.test(digits))))
    return true;
  const dialled = number.formatNational().replace(/\D/g, '');
  return digits === dialled || digits === `${number.countryCallingCode}${dialled}`;
};

/** Reads digits without a plus: a number of the country, else an unmistakable foreign one. */
const readBare = (digits: string, country: Country): Result<Msisdn, NumberProblem> => {
  const national = parse(digits, country);
  const own = national !== undefined && isOwn(national, country) ? national : undefined;
  if (own !== undefined && isShortCodeOfArea(own, country)) return failed('short-code');
  if (own !== undefined && isWrittenOut(digits, own, country)) return ok(toOwn(own, country));
  if (own !== undefined) return failed('area-code');
  if (isShortCode(digits, country)) return failed('short-code');
  if (digits.length < UNMISTAKABLE_MOBILE_DIGITS) return failed('local');
  const foreign = parse(`+${digits}`, country);
  if (foreign === undefined || isOwn(foreign, country) || digitsOf(foreign) !== digits) return NO_NUMBER;
  return isUnmistakable(foreign, country) ? ok(toForeign(foreign, country)) : NO_NUMBER;
};

/**
 * Reads a telephone number in any usual spelling: with or without plus, 00 or country code; with
 * spaces, dashes, brackets, invisible or full-width characters. Pure. Reading the result again
 * gives the same result.
 */
export const readMsisdn = (text: string, country: Country): Result<Msisdn, NumberProblem> => {
  const chinese = country === 'CN';
  const typed = chinese ? CHINESE_MOBILE.exec(text)?.[1] : undefined;
  if (typed !== undefined) return ok({ number: `86${typed}`, kind: 'mobile' });
  const dialled = text.length > LONGEST_INPUT ? undefined : toDialled(text);
  if (dialled === undefined) return NO_NUMBER;
  const mobile = chinese ? CHINESE_MOBILE.exec(dialled)?.[1] : undefined;
  if (mobile !== undefined) return ok({ number: `86${mobile}`, kind: 'mobile' });
  if (dialled.startsWith('+')) return readInternational(dialled.slice(1), country);
  return dialled.startsWith('00') ? readInternational(dialled.slice(2), country) : readBare(dialled, country);
};
