import { CHINESE_MOBILE } from './chinese-mobile';
import type { Country } from './read-msisdn';

/**
 * How the province writes a recipient's number: 8613800138000, 008613800138000, +8613800138000, or
 * as dialled within the country (13800138000).
 */
export const DEST_ADDR_SPELLINGS = ['e164', '00', 'plus', 'national'] as const;
export type DestAddrSpelling = (typeof DEST_ADDR_SPELLINGS)[number];

/** Tells whether a country's numbers can be written so. Only China's national form is known. */
export const isSpellingOf = (spelling: DestAddrSpelling, country: Country): boolean =>
  spelling !== 'national' || country === 'CN';

const CHINA = '86';
const SERVICE = /^86[48]00\d{7}$/;

const toNational = (number: string): string => {
  if (!number.startsWith(CHINA)) return `00${number.replace('+', '')}`;
  const national = number.slice(CHINA.length);
  return CHINESE_MOBILE.test(number) || SERVICE.test(number) ? national : `0${national}`;
};

/**
 * Writes a recipient's number for the province. Returns undefined when the spelling could be read
 * as another number.
 * @param number in canonical spelling: see `Msisdn`
 */
export const spellDestAddr = (number: string, spelling: DestAddrSpelling): string | undefined => {
  const digits = number.replace('+', '');
  switch (spelling) {
    case 'e164':
      return digits === number ? number : undefined;
    case '00':
      return `00${digits}`;
    case 'plus':
      return `+${digits}`;
    case 'national':
      return toNational(number);
  }
};

/**
 * Returns the SQL, valid on both engines, that does the same as `spellDestAddr` to a column with
 * canonical numbers. Only China's country code begins with 86. A number that e164 cannot express
 * was refused earlier; if the column holds one, it keeps its plus.
 */
export const destAddrInSql = (column: string, spelling: DestAddrSpelling): string => {
  const digits = `LTRIM(${column}, '+')`;
  const national = `SUBSTR(${column}, 3)`;
  switch (spelling) {
    case 'e164':
      return column;
    case '00':
      return `'00' || ${digits}`;
    case 'plus':
      return `'+' || ${digits}`;
    case 'national':
      return `CASE WHEN SUBSTR(${column}, 1, 2) <> '86' THEN '00' || ${digits}
       WHEN (SUBSTR(${column}, 3, 1) = '1' AND LENGTH(${column}) IN (13, 15)) OR SUBSTR(${column}, 3, 3) IN ('400', '800') THEN ${national}
       ELSE '0' || ${national} END`;
  }
};
