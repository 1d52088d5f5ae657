/** Longer lists fail with ORA-01795. */
const MOST = 1000;

/**
 * Lists are padded to one of these lengths, so that a server sees few different texts: each new one
 * costs a parse and room in its shared pool.
 */
const LENGTHS = [10, 100, MOST];

/** Returns the padded length of a list of `count` values. */
export const paddedLength = (count: number): number =>
  LENGTHS.find((length) => count <= length) ?? Math.ceil(count / MOST) * MOST;

/**
 * Pads a list by repeating the last value, which does not change the result. An empty list becomes
 * NULLs, which equal no row.
 */
export const padded = <T extends string | number>(
  values: readonly T[],
  length = paddedLength(values.length),
): (T | null)[] => [...values, ...Array<T | null>(length - values.length).fill(values.at(-1) ?? null)];

/**
 * Writes `column IN (:a1, …)` in brackets for a padded list; more than 1000 values become several
 * lists joined by OR. Values are bound by position, in the order of the text.
 * @param prefix of the bind names; each list of a statement needs its own
 */
export const inList = (column: string, length: number, prefix = 'a'): string => {
  const lists = Array.from({ length: Math.ceil(length / MOST) }, (_, list) => {
    const binds = Array.from(
      { length: Math.min(MOST, length - list * MOST) },
      (_unused, index) => `:${prefix}${list * MOST + index + 1}`,
    );
    return `${column} IN (${binds.join(', ')})`;
  });
  return `(${lists.join(' OR ')})`;
};
