import {
  type CountryCode,
  getCountryCallingCode,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import { failed, ok, type Result } from '../result';
import { toDialled } from './dialled-text';

/** ISO 3166 code of the country whose national numbers come without a country code. */
export type Country = CountryCode;

/** What a number is to the country: `service` are its 400 and 800 numbers and their like, `foreign` all of other countries. */
export const NUMBER_KINDS = ['mobile', 'landline', 'service', 'foreign'] as const;
export type NumberKind = (typeof NUMBER_KINDS)[number];

/**
 * A number in its one spelling: E.164 digits (`8613800138000`). With a plus in front where the digits alone are, or look like, another number of the
 * country: `+13025551234`, because 13025551234 is a Chinese mobile.
 */
export type Msisdn = { readonly number: string; readonly kind: NumberKind };

/** Why a text is no number. */
export type NumberProblem = 'no-number' | 'local' | 'area-code' | 'short-code';

/**
 * Mobile numbers of mainland China (11 digits) and its machine-to-machine ranges (13 digits: meters have SIM cards), as nearly every number is
 * written: the whole library would cost 20 times as much on the relay's hot path.
 */
export const CHINESE_MOBILE = /^(?:(?:\+|00)?86|0)?(1(?:[3-9]\d{9}|(?:064|4[014]0)\d{9}))$/;

/** 110, 12306, 10086, 95598, 96110 …, and the access numbers of services (106…). */
const CHINESE_SHORT_CODE = /^(?:1\d{2,5}|9[56]\d{3,4}|10\d{3,6}|106\d{4,17})$/;

/** Longer texts are no number, whatever they hold; parsing them would only cost time. */
const LONGEST_INPUT = 80;

/** Fewer bare digits may be a local number, or one that lost a digit. */
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

/** In some countries the digits of a number with its code are another one without. */
const toOwn = (number: PhoneNumber, country: Country): Msisdn => ({
  number: parse(digitsOf(number), country)?.number === number.number ? digitsOf(number) : number.number,
  kind: ownKind(number),
});

/** Every Chinese landline has 10 or 11 digits with its area code; fewer are an area code and the short code of a service there (010-95598), or numbers that begin with 16. */
const SHORT_CODE_OF_AREA = /^(?:10|[2-9])\d{0,7}$/;

const isShortCode = (digits: string, country: Country): boolean => country === 'CN' && CHINESE_SHORT_CODE.test(digits);

const isShortCodeOfArea = (number: PhoneNumber, country: Country): boolean =>
  country === 'CN' && SHORT_CODE_OF_AREA.test(number.nationalNumber);

/**
 * Whether the bare digits of a foreign number are taken for it and for nothing else: not for a number of the country, whether with or without the
 * area code's zero, nor for one that lost a digit or is local. In China whatever begins with 1 is a mobile number or a short code.
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

/** Digits that begin with a country code. */
const readInternational = (digits: string, country: Country): Result<Msisdn, NumberProblem> => {
  const number = parse(`+${digits}`, country);
  if (number !== undefined && !isOwn(number, country)) return ok(toForeign(number, country));
  if (number !== undefined && isShortCodeOfArea(number, country)) return failed('short-code');
  if (number !== undefined) return ok(toOwn(number, country));
  const code = getCountryCallingCode(country);
  return digits.startsWith(code) && isShortCode(digits.slice(code.length), country) ? failed('short-code') : NO_NUMBER;
};

/** What is dialled in China in front of a number to call over the Internet, or to reach a user of Fetion. */
const CHINESE_CARRIER = /^(?:179\d\d|12593|12520)/;

/**
 * A number of the country as people there write it: a mobile one, or a landline with all that is dialled, or either with the country's code. The library
 * also takes off what it thinks could be a carrier's code: then any digits in front of a number would do.
 */
const isWrittenOut = (digits: string, number: PhoneNumber, country: Country): boolean => {
  if (digits === digitsOf(number)) return true;
  if (isMobile(number) && (digits === number.nationalNumber || (country === 'CN' && CHINESE_CARRIER.test(digits))))
    return true;
  const dialled = number.formatNational().replace(/\D/g, '');
  return digits === dialled || digits === `${number.countryCallingCode}${dialled}`;
};

/** Digits without a plus: of the country first; else of another one, when they are unmistakable. */
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
 * Reads a telephone number from any usual spelling: with or without +, 00 or country code, with blanks, dashes, brackets, invisible or full-width
 * characters. Pure; reading its result again gives the same.
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
