import { isName, type Token } from './tokens';

/**
 * Swaps the case of every letter, in names to and from PostgreSQL. Oracle's unquoted names are
 * upper case, PostgreSQL's lower case; swapping keeps a name quoted in lower case distinct from the
 * unquoted one.
 */
export const swapCase = (name: string): string =>
  name.replace(/[A-Za-z]/g, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()));

/** Returns the name quoted for PostgreSQL. */
export const toPostgresName = (stored: string): string => `"${swapCase(stored).replaceAll('"', '""')}"`;

export type QualifiedName = { readonly owner: string | undefined; readonly name: string; readonly next: number };

/** Reads `[owner.]name` at an index. */
export const qualifiedNameAt = (tokens: readonly Token[], at: number): QualifiedName | undefined => {
  const first = tokens[at];
  if (!isName(first)) return undefined;
  const second = tokens[at + 2];
  if (tokens[at + 1]?.text === '.' && isName(second)) {
    return { owner: first.value, name: second.value, next: at + 3 };
  }
  return { owner: undefined, name: first.value, next: at + 1 };
};
