import { type Draw, pick } from './draw';

/** A gateway's id as some gateways write it in the report: other case, other leading zeros. Always differs from the id itself. */
export const spellId = (id: string, draw: Draw, part: number): string => {
  const bare = id.replace(/^0+/, '');
  const forms = [id.toUpperCase(), `00${id}`, `0${id.toUpperCase()}`, bare.toUpperCase(), bare].filter(
    (form) => form !== id && form !== '',
  );
  return pick(forms, draw('otherIdForm', part));
};

/** A number with, without, or with another spelling of the country code. Differs from the number when that can be. */
export const spellNumber = (number: string, countryCode: string, drawn: number): string => {
  const international = /^\d{8,}$/.test(number);
  if (!international) return number;
  const national = number.startsWith(countryCode) ? number.slice(countryCode.length) : undefined;
  const forms = national === undefined ? [`+${number}`] : [national, `+${number}`, national, `00${number}`];
  return pick(forms, drawn);
};
