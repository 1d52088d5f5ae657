import type { DestAddrSpelling } from '../../../shared/sms/dest-addr';
import { type Draw, pick } from './draw';

/**
 * Returns a gateway id as some gateways write it in the report: in the other case, or with other
 * leading zeros. It always differs from `id`.
 */
export const spellId = (id: string, draw: Draw, part: number): string => {
  const bare = id.replace(/^0+/, '');
  const forms = [id.toUpperCase(), `00${id}`, `0${id.toUpperCase()}`, bare.toUpperCase(), bare].filter(
    (form) => form !== id && form !== '',
  );
  return pick(forms, draw('otherIdForm', part));
};

/**
 * Returns the digits of a number with its country code, from the form in which the platform writes
 * it.
 */
export const toInternational = (number: string, spelling: DestAddrSpelling, countryCode: string): string => {
  const written = /^(?:\+|00)(\d+)$/.exec(number)?.[1];
  if (written !== undefined) return written;
  return spelling === 'national' ? `${countryCode}${number.replace(/^0/, '')}` : number;
};

/** Adds the 0 of the area code, which Chinese landline numbers are always written with. */
const toNational = (national: string, countryCode: string): string =>
  countryCode === '86' && !/^1(?:[3-9]\d{9}|\d{12})$/.test(national) ? `0${national}` : national;

/**
 * Returns a number with, without, or with another form of the country code. It differs from
 * `number` if `number` is international.
 */
export const spellNumber = (number: string, countryCode: string, drawn: number): string => {
  const international = /^\d{8,}$/.test(number);
  if (!international) return number;
  const national = number.startsWith(countryCode)
    ? toNational(number.slice(countryCode.length), countryCode)
    : undefined;
  const forms = national === undefined ? [`+${number}`] : [national, `+${number}`, national, `00${number}`];
  return pick(forms, drawn);
};
