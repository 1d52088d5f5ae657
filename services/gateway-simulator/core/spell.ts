import type { DestAddrSpelling } from '../../../shared/sms/dest-addr';
import { type Draw, pick } from './draw';

/** A gateway's id as some gateways write it in the report: other case, other leading zeros. Always differs from the id itself. */
export const spellId = (id: string, draw: Draw, part: number): string => {
  const bare = id.replace(/^0+/, '');
  const forms = [id.toUpperCase(), `00${id}`, `0${id.toUpperCase()}`, bare.toUpperCase(), bare].filter(
    (form) => form !== id && form !== '',
  );
  return pick(forms, draw('otherIdForm', part));
};

/** The digits of a number with its country's code, from the spelling in which the platform writes it. */
export const toInternational = (number: string, spelling: DestAddrSpelling, countryCode: string): string => {
  const written = /^(?:\+|00)(\d+)$/.exec(number)?.[1];
  if (written !== undefined) return written;
  return spelling === 'national' ? `${countryCode}${number.replace(/^0/, '')}` : number;
};

/** Chinese landlines are never without the 0 of their area code. */
const toNational = (national: string, countryCode: string): string =>
  countryCode === '86' && !/^1(?:[3-9]\d{9}|\d{12})$/.test(national) ? `0${national}` : national;

/** A number with, without, or with another spelling of the country code. Differs from the number when that can be. */
export const spellNumber = (number: string, countryCode: string, drawn: number): string => {
  const international = /^\d{8,}$/.test(number);
  if (!international) return number;
  const national = number.startsWith(countryCode)
    ? toNational(number.slice(countryCode.length), countryCode)
    : undefined;
  const forms = national === undefined ? [`+${number}`] : [national, `+${number}`, national, `00${number}`];
  return pick(forms, drawn);
};
