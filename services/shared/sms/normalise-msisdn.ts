import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';

/** ISO 3166 code of the country whose national numbers come without a country code. */
export type Country = CountryCode;

/**
 * Mobile numbers of mainland China (11 digits) and its machine-to-machine ranges (13 digits: meters have SIM cards), as nearly every number is
 * written: the whole library would cost 20 times as much on the relay's hot path.
 */
const CHINESE_MOBILE = /^(?:(?:\+|00)?86)?(1(?:[3-9]\d{9}|(?:064|4[014]0)\d{9}))$/;

/** Longer texts are no number, whatever they hold; parsing them would only cost time. */
const LONGEST_INPUT = 40;

const parse = (text: string, country: Country): string | undefined => {
  const number = parsePhoneNumberFromString(text, { defaultCountry: country, extract: false });
  if (number === undefined || number.ext !== undefined || !number.isValid()) return undefined;
  const digits = number.number.slice(1);
  // the library's small metadata takes a Chinese mobile with a digit too many for a number; it would go to nobody
  return /^861[3-9]/.test(digits) && !CHINESE_MOBILE.test(digits) ? undefined : digits;
};

/**
 * A telephone number as E.164 digits without the plus (`8613800138000`), from any usual spelling: with or without +, 00 or country code,
 * with spaces, dashes or full-width digits. Undefined when it is no valid number; a short code is none.
 */
export const normaliseMsisdn = (text: string, country: Country): string | undefined => {
  if (country === 'CN') {
    const national = CHINESE_MOBILE.exec(text)?.[1];
    if (national !== undefined) return `86${national}`;
  }
  if (text.length > LONGEST_INPUT) return undefined;
  // digits that are no national number may be a foreign one with its country code but without the plus
  return parse(text, country) ?? (/^[1-9]\d{6,14}$/.test(text) ? parse(`+${text}`, country) : undefined);
};

/**
 * An address as the gateway writes it: a number as E.164 digits, anything else (a short code, a name) as it is, without the blanks around it.
 * Two spellings of one number come out equal.
 */
export const normaliseAddress = (text: string, country: Country): string => {
  const trimmed = text.trim();
  return normaliseMsisdn(trimmed, country) ?? trimmed;
};
