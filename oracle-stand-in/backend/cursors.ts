import { OracleError } from '../sql/oracle-error';
import type { ParsedStatement } from '../sql/translate';
import type { BindType, OracleColumn, Value } from '../wire/oracle-types';

/** Rows of an open query, fetched as the client requests them. */
export type RowSource = {
  readonly columns: readonly OracleColumn[];
  /** Fetches at most `count` rows. Fewer rows mean that there are no more. */
  readonly fetch: (count: number) => Promise<readonly (readonly Value[])[]>;
  readonly close: () => Promise<void>;
};

/** An open cursor: a statement, the driver's declarations for it, and its running query. */
export type Cursor = {
  readonly id: number;
  statement: ParsedStatement;
  binds: readonly BindType[];
  defines: readonly BindType[] | undefined;
  source: RowSource | undefined;
  fetched: number;
  /** The columns as described to the client. */
  described?: string;
  exhausted: boolean;
  /** Positions of a block's OUT binds, which a repetition does not send. */
  outBinds: ReadonlySet<number>;
  /** True for a REF CURSOR that a block opened: executing it fetches from it. */
  isReference: boolean;
};

/** Creates the cursors of one session. More than `limit` are ORA-01000. */
export const createCursorStore = (limit: number) => {
  const cursors = new Map<number, Cursor>();
  let next = 1;
  const open = (statement: ParsedStatement): Cursor => {
    if (cursors.size >= limit) throw new OracleError(1000, 'maximum open cursors exceeded');
    const cursor: Cursor = {
      id: next,
      statement,
      binds: [],
      defines: undefined,
      source: undefined,
      fetched: 0,
      exhausted: false,
      outBinds: new Set(),
      isReference: false,
    };
    next += 1;
    cursors.set(cursor.id, cursor);
    return cursor;
  };
  const closeSource = async (cursor: Cursor): Promise<void> => {
    const { source } = cursor;
    cursor.source = undefined;
    await source?.close();
  };
  return {
    open,
    find: (id: number): Cursor => {
      const cursor = cursors.get(id);
      if (cursor === undefined) throw new OracleError(1001, 'invalid cursor');
      return cursor;
    },
    closeSource,
    close: async (ids: readonly number[]): Promise<void> => {
      for (const id of ids) {
        const cursor = cursors.get(id);
        cursors.delete(id);
        if (cursor !== undefined) await closeSource(cursor);
      }
    },
    size: () => cursors.size,
  };
};

export type CursorStore = ReturnType<typeof createCursorStore>;
