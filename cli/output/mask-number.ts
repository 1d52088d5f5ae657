const SHOWN_AT_END = 4;
const HIDDEN = 4;

/**
 * Masks the middle of a telephone number: 8613800138000 → 86138****8000. Short codes of at most 6
 * digits stay as they are: they belong to services, not to persons. Any other text keeps only its
 * ends. Pure.
 */
export const maskNumber = (address: string): string => {
  if (/^\d{0,6}$/.test(address)) return address;
  const characters = [...address];
  if (characters.length <= SHOWN_AT_END + 1) return `${characters[0] ?? ''}****`;
  const start = Math.max(1, characters.length - SHOWN_AT_END - HIDDEN);
  return `${characters.slice(0, Math.min(start, 5)).join('')}****${characters.slice(-SHOWN_AT_END).join('')}`;
};
