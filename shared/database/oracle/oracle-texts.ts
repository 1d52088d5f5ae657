import { BridgeError } from '../../errors';
import { type CharacterSet, toCodePoint } from '../../sms/character-set';

/** One value of an array statement. */
export type Cell = string | number | Date | null;

/**
 * A statement ready to execute: its text, its rows, and the bytes announced for each text bind (0
 * for other types).
 */
export type BoundArray = {
  readonly sql: string;
  readonly rows: readonly (readonly Cell[])[];
  /** The column of each bind. */
  readonly columns: readonly number[];
  readonly sizes: readonly number[];
};

/** Maximum size of a VARCHAR2 in bytes. */
const MOST_BYTES = 4000;

/** Sizes announced for long texts. There are few, so that the server can share its cursors. */
const STEPS = [256, 1000, 2000, MOST_BYTES];

/** Columns up to this size are announced with it, independent of the values. */
const SHORT = 256;

/**
 * Returns the bytes of a column's longest text, or the smallest step. A UTF-16 unit takes at most
 * three bytes of UTF-8, so most texts need no counting.
 */
const longestOf = (rows: readonly (readonly Cell[])[], column: number): number => {
  let longest = SHORT;
  for (const row of rows) {
    const value = row[column];
    if (typeof value !== 'string' || value.length * 3 <= longest) continue;
    longest = Math.max(longest, Buffer.byteLength(value));
  }
  return longest;
};

/**
 * Refuses characters that the server lacks, for which it would silently store another character.
 * @throws BridgeError DB_DATA
 */
const requireStorable = (text: string, set: CharacterSet): void => {
  if (set.growth === 1) return;
  const missing = set.firstMissing(text);
  if (missing !== undefined)
    throw new BridgeError('DB_DATA', `a text holds ${toCodePoint(missing)}, which ${set.name} does not have`);
};

const LOOKS_UP = /^\s*(SELECT|WITH)\b/i;

/**
 * Returns how a statement binds its texts. A text that the server cannot hold becomes NULL in a
 * look-up, because no row contains it; in a change it is refused.
 * @throws BridgeError DB_DATA
 */
export const bindText =
  (sql: string, set: CharacterSet) =>
  (text: string): string | null => {
    if (set.growth > 1 && LOOKS_UP.test(sql) && set.firstMissing(text) !== undefined) return null;
    requireStorable(text, set);
    return text;
  };

/**
 * Checks that a text fits into its column.
 * @throws BridgeError DB_DATA
 */
const requireFits = (text: string, maxBytes: number, set: CharacterSet): void => {
  requireStorable(text, set);
  if (text.length * set.growth <= maxBytes) return;
  const bytes = set.byteLength(text);
  if (bytes > maxBytes)
    throw new BridgeError('DB_DATA', `a text has ${bytes} bytes in ${set.name}, its column takes ${maxBytes}`);
};

/** Splits a text between characters into pieces of at most `size` bytes of UTF-8. */
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

/**
 * Splits named texts of one statement that are too large to be announced whole. The statement joins
 * the pieces: `:content` becomes `(:content || :content_2)`.
 */
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
    const names = pieces.map((_, index) => (index === 0 ? name : `${name}_${index + 1}`));
    joined = joined.replace(new RegExp(`:${name}\\b`, 'gi'), `(${names.map((one) => `:${one}`).join(' || ')})`);
    for (const [index, piece] of pieces.entries()) split[names[index] as string] = piece;
  }
  return { sql: joined, values: split };
};

/**
 * Replaces `:5` by `(:5 || :105 || :205)` where its text is bound in pieces. Counts binds by their
 * order in the text, independent of their names.
 */
const joinPieces = (sql: string, counts: readonly number[]): string => {
  let bind = -1;
  return sql.replace(/'[^']*'|:(\d+)/g, (found, number: string | undefined) => {
    if (number === undefined) return found;
    bind += 1;
    const count = counts[bind] ?? 1;
    if (count === 1) return found;
    return `(${Array.from({ length: count }, (_, piece) => `:${Number(number) + piece * 100}`).join(' || ')})`;
  });
};

/**
 * Decides how the texts of an array statement are bound. A server multiplies each announced byte by
 * the maximum growth of its character set. Above 4000 bytes the bind becomes a LONG, which is
 * allowed almost nowhere (ORA-01461; node-oracledb issues 997 and 1757, MOS 241358.1). So long
 * texts are announced with the smallest of a few sizes. Where even that is too large, they are
 * bound in pieces that the statement joins.
 * @param limits bytes of each text column in the server's set; undefined for other types
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
      for (const [column, value] of row.entries())
        if (typeof value === 'string') requireFits(value, limits[column] ?? MOST_BYTES, set);
  }
  const cut = new Map<number, string[][]>();
  const sizes = limits.map((limit, column) => {
    if (limit === undefined) return 0;
    if (limit <= SHORT) return limit;
    const longest = longestOf(rows, column);
    if (set.growth > 1 && longest > largest) {
      cut.set(
        column,
        rows.map((row) => toPieces(String(row[column] ?? ''), largest)),
      );
      return largest;
    }
    return Math.min(limit, largest, STEPS.find((step) => step >= longest) ?? MOST_BYTES);
  });
  if (cut.size === 0) return { sql, rows, columns: limits.map((_, column) => column), sizes };
  const counts = limits.map((_, column) => Math.max(1, ...(cut.get(column) ?? []).map((pieces) => pieces.length)));
  const columns = counts.flatMap((count, column) => Array<number>(count).fill(column));
  return {
    sql: joinPieces(sql, counts),
    rows: rows.map((row, index) =>
      row.flatMap((value, column): Cell[] => {
        const pieces = cut.get(column)?.[index];
        if (pieces === undefined) return [value];
        return Array.from({ length: counts[column] as number }, (_, piece) => pieces[piece] || null);
      }),
    ),
    columns,
    sizes: columns.map((column) => sizes[column] as number),
  };
};
