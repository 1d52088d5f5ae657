import { parseStatement } from '../sql/translate';
import { readAuthMessage } from '../ttc/auth';
import { FUNCTION, functionName, MESSAGE } from '../ttc/protocol';
import { readBindRows, readExecute, readFetch, readReexecute } from '../ttc/read-execute';
import { readPiggybacks } from '../ttc/read-piggybacks';
import { type ByteReader, createByteReader } from '../wire/byte-reader';
import type { BindType } from '../wire/oracle-types';

/** One message as the server reads it. `left`: unread bytes, which must be 0. */
export type ReadMessage = { readonly call: string; readonly left: number; readonly [field: string]: unknown };

type KnownCursor = { readonly sql: string; readonly binds: readonly BindType[] };

/** Login values that differ each time. */
const SECRET = /^AUTH_(SESSKEY|PBKDF2_SPEEDY_KEY|PASSWORD|PID|ALTER_SESSION)$/;

/**
 * Reads the messages of one session in their order. Numbers cursors as the server does:
 * consecutively, including DDL.
 */
export const readMessages = (messages: readonly Buffer[]): readonly ReadMessage[] => {
  const cursors = new Map<number, KnownCursor>();
  const rowsOf = (reader: ByteReader, cursor: KnownCursor, executions: number): unknown => {
    const { returned, kind } = parseStatement(cursor.sql);
    const layout = { binds: cursor.binds, notSent: returned, isPlsql: kind === 'plsql', lob: () => null };
    return readBindRows(reader, layout, kind === 'query' ? 1 : Math.max(executions, 1)).map((row) =>
      row.map((value) => (typeof value === 'string' && value.length > 40 ? `${value.length} characters` : value)),
    );
  };
  const fields = (reader: ByteReader, code: number): Record<string, unknown> => {
    switch (code) {
      case FUNCTION.authPhaseOne:
      case FUNCTION.authPhaseTwo: {
        const { user, pairs } = readAuthMessage(reader);
        const shown = [...pairs].map(([key, value]) => [key, SECRET.test(key) ? '…' : value]);
        return { user, pairs: Object.fromEntries(shown) };
      }
      case FUNCTION.execute: {
        const { sql, cursorId, binds, defines, ...message } = readExecute(reader);
        const id = cursorId === 0 ? cursors.size + 1 : cursorId;
        const known = cursors.get(id);
        const cursor = {
          sql: sql ?? known?.sql ?? '',
          binds: binds ?? (sql === undefined ? (known?.binds ?? []) : []),
        };
        cursors.set(id, cursor);
        const rows = defines === undefined ? rowsOf(reader, cursor, message.executions) : undefined;
        return { cursorId, sql, binds, defines, ...message, rows };
      }
      case FUNCTION.reexecute:
      case FUNCTION.reexecuteAndFetch: {
        const message = readReexecute(reader);
        const executions = code === FUNCTION.reexecute ? message.count : 1;
        return { ...message, rows: rowsOf(reader, cursors.get(message.cursorId) as KnownCursor, executions) };
      }
      case FUNCTION.fetch:
        return readFetch(reader);
      default:
        return {};
    }
  };
  return messages.map((bytes) => {
    if (bytes[0] === MESSAGE.protocol || bytes[0] === MESSAGE.dataTypes) {
      return { call: bytes[0] === MESSAGE.protocol ? 'protocol' : 'dataTypes', left: 0, bytes: bytes.length };
    }
    const reader = createByteReader(bytes);
    const { piggybacks } = readPiggybacks(reader);
    const code = reader.u8();
    reader.u8();
    const read = fields(reader, code);
    const call = functionName(code) ?? `function ${code}`;
    return { call, ...(piggybacks.length > 0 ? { piggybacks } : {}), ...read, left: reader.length - reader.position() };
  });
};
