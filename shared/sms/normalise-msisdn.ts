import { stripInvisible } from './dialled-text';
import { type Country, readMsisdn } from './read-msisdn';

export type { Country } from './read-msisdn';

/**
 * Returns the canonical spelling (see `Msisdn`) of a telephone number, or undefined when it is not
 * valid. A short code is not a number.
 */
export const normaliseMsisdn = (text: string, country: Country): string | undefined => {
  const read = readMsisdn(text, country);
  return read.ok ? read.value.number : undefined;
};

/**
 * Returns a gateway's address in canonical spelling, so that two spellings of one number become
 * equal. Short codes and names stay as they are, without invisible characters in or around them.
 */
export const normaliseAddress = (text: string, country: Country): string =>
  normaliseMsisdn(text, country) ?? stripInvisible(text);
