/** More expressions than this in one list are ORA-01795. */
const MOST = 1000;

/** Lists are filled up to one of these lengths, so that a server sees few texts: each new one costs it a parse and room in its shared pool. */
const LENGTHS = [10, 100, MOST];

/** How long a list of so many values becomes. */
export const paddedLength = (count: number): number =>
  LENGTHS.find((length) => count <= length) ?? Math.ceil(count / MOST) * MOST;

/** Filled up by repeating the last value, which changes nothing; of no values, NULLs, which no row equals. */
export const padded = <T extends string | number>(
  values: readonly T[],
  length = paddedLength(values.length),
): (T | null)[] => [...values, ...Array<T | null>(length - values.length).fill(values.at(-1) ?? null)];

/**
 * `column IN (:a1, …)` for a padded list, in brackets; longer ones as several lists that OR joins. Values are bound by position, in the order of the text.
 * @param prefix of the binds' names, one for each list of a statement
 */
export const inList = (column: string, length: number, prefix = 'a'): string => {
  const lists = Array.from({ length: Math.ceil(length / MOST) }, (_, list) => {
    const binds = Array.from(
      { length: Math.min(MOST, length - list * MOST) },
      (_unused, at) => `:${prefix}${list * MOST + at + 1}`,
    );
    return `${column} IN (${binds.join(', ')})`;
  });
  return `(${lists.join(' OR ')})`;
};
