import { LATEST_MS } from '../../../shared/ledger/latest';
import { WIDTHS } from '../../../shared/ledger/widths';

/**
 * Returns a text without U+0000, cut to at most `limit` code points, for values that are kept
 * although they are wrong.
 */
export const fitText = (text: string, limit: number): string => {
  const clean = text.includes('\u0000') ? text.replaceAll('\u0000', '') : text;
  return clean.length <= limit ? clean : [...clean].slice(0, limit).join('');
};

/** Cuts one of the bridge's reason codes to its column; all of them are short. */
export const fitCode = (code: string): string => fitText(code, WIDTHS.reason);

/** Returns a small whole number unchanged; 1 in place of any other value. */
export const fitCount = (count: number): number => (Number.isInteger(count) && Math.abs(count) < 32_768 ? count : 1);

/** Limits a time to the epoch ms that both databases can hold: 1970 to 9999. */
export const fitTime = (ms: number): number => Math.min(LATEST_MS, Math.max(0, ms));
