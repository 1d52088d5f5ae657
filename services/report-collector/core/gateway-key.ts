/** The usual ids: for these the quick way is the same. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const ASCII = /^[\x00-\x7f]*$/;

/**
 * What the spellings of one gateway id have in common: gateways write an id with other letter cases and leading zeros in a report than in the
 * submit result. Null when the id says nothing (none, or only zeros: what many gateways write for a refused message). The database's indexes hold
 * the same: ASCII letters only, so that no locale makes a difference.
 */
export const toGatewayKey = (id: string | null): string | null => {
  if (id === null) return null;
  const upper = ASCII.test(id) ? id.toUpperCase() : id.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
  return (upper.startsWith('0') ? upper.replace(/^0+/, '') : upper) || null;
};
