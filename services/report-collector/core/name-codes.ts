/** Limits the memory: a gateway may write free texts in place of codes. */
const MOST_NAMED = 200;

/**
 * Returns a code as a log may hold it, because the gateway's columns can hold anything: ASCII, at
 * most 16 characters, no telephone number.
 */
const toLogged = (code: string): string =>
  code
    .replace(/[^\x20-\x7e]/g, '?')
    .replace(/\d(?:\D?\d){6,}/g, '#')
    .slice(0, 16);

/**
 * Returns a function that passes each unknown code to `name` once.
 * @param name gets the new codes, fit for a log
 */
export const createNameCodes = (name: (codes: readonly string[]) => void): ((codes: readonly string[]) => void) => {
  const named = new Set<string>();
  return (codes) => {
    const fresh = [...new Set(codes.map(toLogged))]
      .filter((code) => !named.has(code))
      .slice(0, MOST_NAMED - named.size);
    if (fresh.length === 0) return;
    for (const code of fresh) named.add(code);
    name(fresh);
  };
};
