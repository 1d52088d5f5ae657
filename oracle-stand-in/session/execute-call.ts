import type { Cursor } from '../backend/cursors';
import { OPTION } from '../ttc/protocol';
import { type RowLayout, readBindRows, readExecute, readReexecute } from '../ttc/read-execute';
import type { ByteReader } from '../wire/byte-reader';
import type { ByteWriter } from '../wire/byte-writer';
import { answer, answerParsed, answerRows, type Options } from './answer-statement';
import { toStored } from './database-texts';
import { parseGated } from './run-statement';
import type { SessionState } from './session-state';

const layoutOf = (state: SessionState, cursor: Cursor, repeat: boolean): RowLayout => ({
  binds: cursor.binds,
  isPlsql: cursor.statement.kind === 'plsql',
  notSent: repeat ? new Set([...cursor.statement.returned, ...cursor.outBinds]) : cursor.statement.returned,
  lob: state.lobs.content,
});

/** Handles a full execute: parse, bind, run, fetch; or other column types of an open query. */
export const execute = async (state: SessionState, reader: ByteReader, writer: ByteWriter): Promise<void> => {
  const message = readExecute(reader);
  let cursor: Cursor;
  const { characters } = state.world;
  if (message.sql !== undefined) {
    const statement = await parseGated(state, characters.store(message.sql));
    cursor = message.cursorId === 0 ? state.cursors.open(statement) : state.cursors.find(message.cursorId);
    cursor.statement = statement;
  } else cursor = state.cursors.find(message.cursorId);
  if (message.defines !== undefined) {
    cursor.defines = message.defines;
    return answerRows(state, writer, cursor, cursor.isReference ? message.referenceRows : message.fetchRows);
  }
  if (cursor.isReference) return answerRows(state, writer, cursor, message.fetchRows);
  if (message.binds !== undefined) cursor.binds = message.binds;
  else if (message.sql !== undefined) cursor.binds = [];
  if ((message.options & OPTION.execute) === 0) return answerParsed(state, writer, cursor);
  const executions = cursor.statement.kind === 'query' ? 1 : Math.max(message.executions, 1);
  const rows = toStored(readBindRows(reader, layoutOf(state, cursor, false), executions), cursor, characters.store);
  const batchErrors = (message.options & OPTION.batchErrors) !== 0;
  const options: Options = {
    fetchRows: message.fetchRows,
    commit: (message.options & OPTION.commit) !== 0,
    rowCounts: message.rowCounts,
    batchErrors,
    describe: true,
  };
  return answer(
    state,
    writer,
    cursor,
    { statement: cursor.statement, binds: cursor.binds, rows, batchErrors },
    options,
  );
};

/** Handles the short forms for a statement that was executed before. */
export const reexecute = async (
  state: SessionState,
  reader: ByteReader,
  writer: ByteWriter,
  fetch: boolean,
): Promise<void> => {
  const message = readReexecute(reader);
  const cursor = state.cursors.find(message.cursorId);
  const executions = fetch || cursor.statement.kind === 'query' ? 1 : Math.max(message.count, 1);
  const { store } = state.world.characters;
  const rows = toStored(readBindRows(reader, layoutOf(state, cursor, true), executions), cursor, store);
  const options = {
    fetchRows: fetch ? message.count : 0,
    commit: message.commit,
    rowCounts: false,
    batchErrors: false,
    describe: false,
  };
  return answer(
    state,
    writer,
    cursor,
    { statement: cursor.statement, binds: cursor.binds, rows, batchErrors: false },
    options,
  );
};
