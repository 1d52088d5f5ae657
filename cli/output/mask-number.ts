const SHOWN_AT_END = 4;
const HIDDEN = 4;

/**
 * A telephone number with its middle hidden: 8613800138000 → 86138****8000. Short codes (6 digits or fewer) belong to services, not to people, and
 * stay as they are; whatever else is no number is hidden but for its ends.
 */
export const maskNumber = (address: string): string => {
  if (/^\d{0,6}$/.test(address)) return address;
  const characters = [...address];
  if (characters.length <= SHOWN_AT_END + 1) return `${characters[0] ?? ''}****`;
  const start = Math.max(1, characters.length - SHOWN_AT_END - HIDDEN);
  return `${characters.slice(0, Math.min(start, 5)).join('')}****${characters.slice(-SHOWN_AT_END).join('')}`;
};
