import { BridgeError } from '../../errors';
import { type CharacterSet, toCodePoint } from '../../sms/character-set';

/** One value of an array statement. */
export type Cell = string | number | Date | null;

/** What is executed: the statement, its rows, and the bytes that each bind of a text is announced with (0 for other types). */
export type BoundArray = {
  readonly sql: string;
  readonly rows: readonly (readonly Cell[])[];
  /** the column of each bind */
  readonly columns: readonly number[];
  readonly sizes: readonly number[];
};

/** What VARCHAR2 holds. */
const MOST_BYTES = 4000;

/** Sizes that long texts are announced with: few, so that the server shares its cursors. */
const STEPS = [256, 1000, 2000, MOST_BYTES];

/** Up to here a column's binds have its own size, whatever the values. */
const SHORT = 256;

/** Bytes of the longest text of a column, or the smallest step. A UTF-16 unit is at most three bytes of UTF-8: most texts need not be counted. */
const longestOf = (rows: readonly (readonly Cell[])[], at: number): number => {
  let longest = SHORT;
  for (const row of rows) {
    const value = row[at];
    if (typeof value !== 'string' || value.length * 3 <= longest) continue;
    longest = Math.max(longest, Buffer.byteLength(value));
  }
  return longest;
};

/** @throws BridgeError DB_DATA: in place of a character that it does not have the server would take another one, and say nothing */
const requireStorable = (text: string, set: CharacterSet): void => {
  if (set.growth === 1) return;
  const missing = set.firstMissing(text);
  if (missing !== undefined)
    throw new BridgeError('DB_DATA', `a text holds ${toCodePoint(missing)}, which ${set.name} does not have`);
};

const LOOKS_UP = /^\s*(SELECT|WITH)\b/i;

/**
 * How one statement binds its texts: no row has one that the server cannot hold, so a look-up finds nothing; a change with it is refused.
 * @throws BridgeError DB_DATA
 */
export const bindText =
  (sql: string, set: CharacterSet) =>
  (text: string): string | null => {
    if (set.growth > 1 && LOOKS_UP.test(sql) && set.firstMissing(text) !== undefined) return null;
    requireStorable(text, set);
    return text;
  };

/** @throws BridgeError DB_DATA */
const requireFits = (text: string, maxBytes: number, set: CharacterSet): void => {
  requireStorable(text, set);
  if (text.length * set.growth <= maxBytes) return;
  const bytes = set.byteLength(text);
  if (bytes > maxBytes)
    throw new BridgeError('DB_DATA', `a text has ${bytes} bytes in ${set.name}, its column takes ${maxBytes}`);
};

/** Cuts at characters into pieces of at most so many bytes of UTF-8. */
const toPieces = (text: string, size: number): string[] => {
  const pieces: string[] = [];
  let piece = '';
  let bytes = 0;
  for (const character of text) {
    const more = Buffer.byteLength(character);
    if (bytes + more > size) {
      pieces.push(piece);
      piece = '';
      bytes = 0;
    }
    piece += character;
    bytes += more;
  }
  return [...pieces, piece];
};

/** Named texts of one statement that are too large to be announced whole, in pieces that it joins: `:content` as `(:content || :content_2)`. */
export const splitNamedTexts = <Value>(
  sql: string,
  values: Readonly<Record<string, Value>>,
  set: CharacterSet,
): { readonly sql: string; readonly values: Readonly<Record<string, Value | string>> } => {
  const largest = Math.floor(MOST_BYTES / set.growth);
  const long = Object.entries(values).flatMap(([name, value]) =>
    set.growth > 1 && typeof value === 'string' && Buffer.byteLength(value) > largest
      ? [{ name, pieces: toPieces(value, largest) }]
      : [],
  );
  const split: Record<string, Value | string> = { ...values };
  let joined = sql;
  for (const { name, pieces } of long) {
    const names = pieces.map((_, at) => (at === 0 ? name : `${name}_${at + 1}`));
    joined = joined.replace(new RegExp(`:${name}\\b`, 'gi'), `(${names.map((one) => `:${one}`).join(' || ')})`);
    for (const [at, piece] of pieces.entries()) split[names[at] as string] = piece;
  }
  return { sql: joined, values: split };
};

/** `:5` as `(:5 || :105 || :205)` where it is bound in pieces; binds count in the order of the text, whatever they are called. */
const joinPieces = (sql: string, counts: readonly number[]): string => {
  let at = -1;
  return sql.replace(/'[^']*'|:(\d+)/g, (found, number: string | undefined) => {
    if (number === undefined) return found;
    at += 1;
    const count = counts[at] ?? 1;
    if (count === 1) return found;
    return `(${Array.from({ length: count }, (_, piece) => `:${Number(number) + piece * 100}`).join(' || ')})`;
  });
};

/**
 * How the texts of an array statement are bound. A server takes each announced byte for as many as its character set may need, and what is then above 4000
 * is a LONG, which may stand nearly nowhere (ORA-01461; node-oracledb issues 997 and 1757, MOS 241358.1). So long texts are announced with the least of a few
 * sizes and, where that is too much, bound in pieces that the statement joins.
 * @param limits bytes of each column that holds texts, in the server's set; undefined for another type
 * @throws BridgeError DB_DATA for a text that the server cannot hold
 */
export const bindTexts = (
  sql: string,
  rows: readonly (readonly Cell[])[],
  limits: readonly (number | undefined)[],
  set: CharacterSet,
): BoundArray => {
  const largest = Math.floor(MOST_BYTES / set.growth);
  if (set.growth > 1) {
    for (const row of rows)
      for (const [at, value] of row.entries())
        if (typeof value === 'string') requireFits(value, limits[at] ?? MOST_BYTES, set);
  }
  const cut = new Map<number, string[][]>();
  const sizes = limits.map((limit, at) => {
    if (limit === undefined) return 0;
    if (limit <= SHORT) return limit;
    const longest = longestOf(rows, at);
    if (set.growth > 1 && longest > largest) {
      cut.set(
        at,
        rows.map((row) => toPieces(String(row[at] ?? ''), largest)),
      );
      return largest;
    }
    return Math.min(limit, largest, STEPS.find((step) => step >= longest) ?? MOST_BYTES);
  });
  if (cut.size === 0) return { sql, rows, columns: limits.map((_, at) => at), sizes };
  const counts = limits.map((_, at) => Math.max(1, ...(cut.get(at) ?? []).map((pieces) => pieces.length)));
  const columns = counts.flatMap((count, at) => Array<number>(count).fill(at));
  return {
    sql: joinPieces(sql, counts),
    rows: rows.map((row, index) =>
      row.flatMap((value, at): Cell[] => {
        const pieces = cut.get(at)?.[index];
        if (pieces === undefined) return [value];
        return Array.from({ length: counts[at] as number }, (_, piece) => pieces[piece] || null);
      }),
    ),
    columns,
    sizes: columns.map((at) => sizes[at] as number),
  };
};
