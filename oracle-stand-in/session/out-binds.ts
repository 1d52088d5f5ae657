import type { BlockOutput, OpenedCursor } from '../backend/server-world';
import { DIRECTION } from '../ttc/protocol';
import { type OutBind, writeCursorValue } from '../ttc/write-result';
import type { ByteWriter } from '../wire/byte-writer';
import { type BindType, ORACLE_TYPE, type Value } from '../wire/oracle-types';
import { writeValue } from '../wire/values';
import { parseGated, startQuery } from './run-statement';
import type { SessionState } from './session-state';

export const isLob = (type: number): boolean => type === ORACLE_TYPE.clob || type === ORACLE_TYPE.blob;

const isOpenedCursor = (value: unknown): value is OpenedCursor =>
  typeof value === 'object' && value !== null && 'cursor' in value;

/** Prepares one OUT bind: a value, an array of values, or a cursor over the rows of a query. */
export const outBind = async (
  state: SessionState,
  bind: BindType,
  value: BlockOutput[string] | undefined,
): Promise<OutBind> => {
  if (value === undefined) return { direction: DIRECTION.in, write: () => undefined };
  if (isOpenedCursor(value)) {
    const statement = await parseGated(state, value.cursor);
    const opened = state.cursors.open(statement);
    const binds = statement.bindNames.map(() => ({ type: ORACLE_TYPE.varchar, maxSize: 4000, isArray: false }));
    const source = await startQuery(state, {
      statement,
      binds,
      rows: [[...value.values] as Value[]],
      batchErrors: false,
    });
    opened.source = source;
    opened.isReference = true;
    return { direction: DIRECTION.out, write: (writer) => writeCursorValue(writer, source.columns, opened.id) };
  }
  const write = (writer: ByteWriter, single: Value): void => {
    if (isLob(bind.type) && single !== null) {
      const locator = state.lobs.toLocator(single, bind.national);
      writer.ub(locator.length).ub(single.length).ub(8132).bytes(locator);
    } else if (isLob(bind.type)) writer.ub(0);
    else writeValue(writer, bind.type, single, bind.national);
  };
  if (!Array.isArray(value)) return { direction: DIRECTION.inOut, write: (writer) => write(writer, value as Value) };
  const values = value as readonly Value[];
  return {
    direction: DIRECTION.inOut,
    write: (writer) => {
      writer.ub(values.length);
      for (const [at, single] of values.entries()) {
        write(writer, single);
        if (at < values.length - 1) writer.sb(0);
      }
    },
  };
};
