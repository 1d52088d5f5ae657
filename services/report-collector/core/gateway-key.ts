/**
 * What the spellings of one gateway id have in common: gateways write an id with other letter cases and leading zeros in a report than in the
 * submit result. Null when the id says nothing (none, or only zeros: what many gateways write for a refused message). The database's indexes hold
 * the same: ASCII letters only, so that no locale makes a difference.
 */
export const toGatewayKey = (id: string | null): string | null =>
  id === null ? null : id.replace(/[a-z]+/g, (letters) => letters.toUpperCase()).replace(/^0+/, '') || null;
