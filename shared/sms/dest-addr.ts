import { CHINESE_MOBILE, type Country } from './read-msisdn';

/** How the province wants the number of a recipient: 8613800138000, 008613800138000, +8613800138000, or as it is dialled there (13800138000). */
export const DEST_ADDR_SPELLINGS = ['e164', '00', 'plus', 'national'] as const;
export type DestAddrSpelling = (typeof DEST_ADDR_SPELLINGS)[number];

/** Whether numbers of a country can be written so: what they are like without the country's code is known of China only. */
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
 * A recipient's number as it is written for the province. Undefined when it cannot be written so that it is taken for this number and no other.
 * @param number in its one spelling: see `Msisdn`
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
 * `spellDestAddr` in SQL, for both engines, of a column with numbers in their one spelling. No country's code but China's begins with 86. A number that
 * e164 cannot say is refused before; if one is there, it keeps its plus.
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
