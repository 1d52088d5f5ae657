import { withoutInvisible } from './dialled-text';
import { type Country, readMsisdn } from './read-msisdn';

export type { Country } from './read-msisdn';

/** A telephone number in its one spelling (see `Msisdn`), from any usual one. Undefined when it is no valid number; a short code is none. */
export const normaliseMsisdn = (text: string, country: Country): string | undefined => {
  const read = readMsisdn(text, country);
  return read.ok ? read.value.number : undefined;
};

/**
 * An address as the gateway writes it: a number in its one spelling, anything else (a short code, a name) as it is, without what nobody sees in and
 * around it. Two spellings of one number come out equal.
 */
export const normaliseAddress = (text: string, country: Country): string =>
  normaliseMsisdn(text, country) ?? withoutInvisible(text);
