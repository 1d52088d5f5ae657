import { BridgeError } from '../errors';

/** A row that exists, but whose values the database or the driver cannot return. */
export type UnreadableRow = { readonly id: string; readonly error: BridgeError };

/** Returns true for an error that a value of one row caused. */
export const isSingleValueError = (error: unknown): error is BridgeError =>
  error instanceof BridgeError && error.code === 'DB_DATA';

/**
 * Reads rows by their keys. When a read fails because of one value, halves the keys until the
 * unreadable rows are isolated.
 * @throws what `read` throws, except errors of one value
 */
export const readAround = async <Row>(
  ids: readonly string[],
  read: (ids: readonly string[]) => Promise<readonly Row[]>,
): Promise<{ readonly rows: readonly Row[]; readonly unreadable: readonly UnreadableRow[] }> => {
  if (ids.length === 0) return { rows: [], unreadable: [] };
  try {
    return { rows: await read(ids), unreadable: [] };
  } catch (error) {
    if (!isSingleValueError(error)) throw error;
    if (ids.length === 1) return { rows: [], unreadable: [{ id: ids[0] as string, error }] };
    const middle = Math.ceil(ids.length / 2);
    const first = await readAround(ids.slice(0, middle), read);
    const second = await readAround(ids.slice(middle), read);
    return { rows: [...first.rows, ...second.rows], unreadable: [...first.unreadable, ...second.unreadable] };
  }
};

/** With more unreadable rows than this and no readable one, the table is the cause. */
const FEW = 2;

/** A text that was cut within a character is always the row's own fault. */
const ALWAYS_THE_ROW = /\[ORA-29275\]/;

/**
 * Checks that unreadable rows are exceptions.
 * @throws BridgeError DB_SCHEMA when no row of several can be read: then the table is the cause,
 * and no row must be set aside
 */
export const requireOneRow = (
  table: string,
  { rows, unreadable }: { readonly rows: readonly unknown[]; readonly unreadable: readonly UnreadableRow[] },
): void => {
  const [first] = unreadable;
  if (first === undefined || rows.length > 0 || unreadable.length <= FEW) return;
  if (unreadable.every(({ error }) => ALWAYS_THE_ROW.test(error.message))) return;
  throw new BridgeError('DB_SCHEMA', `no row of ${table} can be read, and none is set aside: ${first.error.message}`, {
    cause: first.error,
  });
};

/** Describes why an unreadable row is set aside. */
export const toReadProblem = (columns: readonly string[], { error }: UnreadableRow) => ({
  reason: 'ROW_UNREADABLE',
  message: `${columns.length === 0 ? 'the row' : columns.join(', ')} cannot be read: ${error.message}`,
});
