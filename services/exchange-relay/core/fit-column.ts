import { LATEST_MS } from '../../../shared/ledger/latest';
import { WIDTHS } from '../../../shared/ledger/widths';

/** Cuts for values that are kept although they are wrong: they must fit their column, whatever came. */

/** Text without U+0000 and of at most `limit` code points. */
export const fitText = (text: string, limit: number): string => {
  const clean = text.includes('\u0000') ? text.replaceAll('\u0000', '') : text;
  return clean.length <= limit ? clean : [...clean].slice(0, limit).join('');
};

/** A code of ours; they are all short. */
export const fitCode = (code: string): string => fitText(code, WIDTHS.reason);

/** A small number as it came, else 1. */
export const fitCount = (count: number): number => (Number.isInteger(count) && Math.abs(count) < 32_768 ? count : 1);

/** Epoch ms that both databases can hold: 1970 to 9999. */
export const fitTime = (ms: number): number => Math.min(LATEST_MS, Math.max(0, ms));
