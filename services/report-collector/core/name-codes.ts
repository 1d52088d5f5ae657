/** More are not remembered: whoever writes texts instead of codes must not fill the memory. */
const MOST_NAMED = 200;

/** What a log may hold of a code: the gateway's columns could hold anything. */
const toLogged = (code: string): string =>
  code
    .replace(/[^\x20-\x7e]/g, '?')
    .replace(/\d(?:\D?\d){6,}/g, '#')
    .slice(0, 16);

/** Names each unknown code once. @param name gets the codes that are new, fit for a log */
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
