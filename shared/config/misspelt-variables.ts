/** Counts the letters to insert, drop, replace or swap (optimal string alignment distance). */
const distance = (a: string, b: string): number => {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          rows[i - 1]![j]! + 1,
          row[j - 1]! + 1,
          rows[i - 1]![j - 1]! + same,
          swapped ? rows[i - 2]![j - 2]! + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
};

const MOST_LETTERS = 2;

/**
 * Finds variables of the environment whose names nearly are one of ours. They are reported, never
 * refused: an environment also holds names that others chose, such as the KAFKA_PORT of Kubernetes.
 * Pure.
 */
export const findMisspelt = (
  variables: Readonly<Record<string, { readonly secret?: boolean }>>,
  env: NodeJS.ProcessEnv,
): readonly string[] => {
  const known = Object.entries(variables).flatMap(([name, { secret }]) => (secret ? [name, `${name}_FILE`] : [name]));
  const names = new Set(known);
  return Object.keys(env)
    .filter((name) => /^[A-Z][A-Z0-9_]{5,}$/.test(name) && !names.has(name))
    .flatMap((name) => {
      const meant = known
        .filter((other) => Math.abs(other.length - name.length) <= MOST_LETTERS)
        .map((other) => ({ other, letters: distance(name, other) }))
        .filter(({ letters }) => letters <= MOST_LETTERS)
        .sort((a, b) => a.letters - b.letters)[0];
      return meant === undefined ? [] : [`${name}: is not read; did you mean ${meant.other}?`];
    });
};
