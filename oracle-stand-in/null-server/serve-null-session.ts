import type { Socket } from 'node:net';
import { serveTnsConnection } from '../tns/tns-connection';
import { challenge, type LoginChallenge, readAuthMessage, readPassword, writeWelcome } from '../ttc/auth';
import { dataTypesAnswer, protocolAnswer } from '../ttc/handshake';
import { FUNCTION, functionName, MESSAGE } from '../ttc/protocol';
import { readExecute, readReexecute } from '../ttc/read-execute';
import { readPiggybacks } from '../ttc/read-piggybacks';
import { writeOutcome, writeStatus } from '../ttc/write-outcome';
import { writeDescription, writeRowCounts, writeRows } from '../ttc/write-result';
import { type ByteReader, createByteReader } from '../wire/byte-reader';
import { type ByteWriter, createByteWriter } from '../wire/byte-writer';
import { ORACLE_TYPE, type OracleColumn, type Value } from '../wire/oracle-types';

export const NULL_PASSWORD = 'secret';
export const NULL_SERVICE = 'NULL';

/** Answer to queries whose text matches the regular expression `matching`; the first applies. */
export type NullAnswer = {
  readonly matching: string;
  readonly columns: readonly OracleColumn[];
  readonly rows: readonly (readonly Value[])[];
};

/** The query that every process sends first. */
const CHARACTER_SET: NullAnswer = {
  matching: 'NLS_CHARACTERSET',
  columns: [{ name: 'VALUE', type: ORACLE_TYPE.varchar, maxSize: 64 }],
  rows: [['AL32UTF8']],
};

const NO_MORE_ROWS = { number: 1403, text: 'ORA-01403: no data found' };
const NO_LOBS = (): Buffer => {
  throw new Error('the null server has no LOBs');
};

/** Keeps written answers, so that the server is never the bottleneck. */
const createAnswers = (answers: readonly NullAnswer[]) => {
  const kept = new Map<string, Buffer>();
  const keep = (key: string, write: (writer: ByteWriter) => void): Buffer => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const writer = createByteWriter();
    write(writer);
    const bytes = writer.toBuffer();
    kept.set(key, bytes);
    return bytes;
  };
  return {
    query: (sql: string, cursorId: number, most: number, describe: boolean): Buffer => {
      const answer = [CHARACTER_SET, ...answers].find(({ matching }) => new RegExp(matching).test(sql));
      if (answer === undefined) throw new Error(`the null server has no answer to ${sql.slice(0, 200)}`);
      return keep(`${cursorId} ${most} ${describe} ${sql}`, (writer) => {
        const rows = answer.rows.slice(0, most);
        if (describe) writeDescription(writer, answer.columns);
        writeRows(writer, answer.columns, rows, { defines: undefined, toLocator: NO_LOBS });
        const ended = rows.length < most ? { error: NO_MORE_ROWS } : {};
        writeOutcome(writer, { cursorId, rows: rows.length, inTransaction: sql.includes('FOR UPDATE'), ...ended });
      });
    },
    change: (cursorId: number, executions: number, rowCounts: boolean): Buffer =>
      keep(`${cursorId} ${executions} ${rowCounts}`, (writer) => {
        if (rowCounts) writeRowCounts(writer, Array<number>(executions).fill(1));
        writeOutcome(writer, { cursorId, rows: executions, inTransaction: true });
      }),
  };
};

const isQuery = (sql: string): boolean => /^\s*SELECT\b/i.test(sql);

/**
 * Serves one client without a database. Every change succeeds and changes one row per execution;
 * every query returns the rows given for it. Bound values are received but not read.
 */
export const serveNullSession = (
  socket: Socket,
  given: readonly NullAnswer[],
  roundTrip: (call: string) => void,
): void => {
  const answers = createAnswers(given);
  const statements = new Map<number, string>();
  let pending: LoginChallenge | undefined;
  let loggedIn = false;

  const logIn = async (code: number, reader: ByteReader, writer: ByteWriter): Promise<void> => {
    const { pairs } = readAuthMessage(reader);
    if (code === FUNCTION.authPhaseOne) pending = await challenge(writer, NULL_PASSWORD);
    else if (pending !== undefined) {
      const { sessionKey } = await readPassword(pending, pairs);
      writeWelcome(writer, sessionKey, { service: NULL_SERVICE, openCursors: 300, sessionId: 1, version: '19' });
      loggedIn = true;
    }
    writeOutcome(writer, { inTransaction: false });
  };
  const execute = (reader: ByteReader): Buffer => {
    const { sql: text, cursorId: given, fetchRows, executions, rowCounts } = readExecute(reader);
    const cursorId = given === 0 ? statements.size + 1 : given;
    const sql = text ?? statements.get(cursorId) ?? '';
    statements.set(cursorId, sql);
    return isQuery(sql)
      ? answers.query(sql, cursorId, fetchRows, true)
      : answers.change(cursorId, Math.max(executions, 1), rowCounts);
  };
  const again = (reader: ByteReader): Buffer => {
    const { cursorId, count } = readReexecute(reader);
    const sql = statements.get(cursorId) ?? '';
    return isQuery(sql) ? answers.query(sql, cursorId, count, false) : answers.change(cursorId, count, false);
  };
  const message = async (bytes: Buffer): Promise<Buffer> => {
    if (bytes[0] === MESSAGE.protocol) return protocolAnswer();
    if (bytes[0] === MESSAGE.dataTypes) return dataTypesAnswer();
    const reader = createByteReader(bytes);
    readPiggybacks(reader);
    const code = reader.u8();
    reader.u8();
    if (loggedIn) roundTrip(functionName(code) ?? String(code));
    if (code === FUNCTION.execute) return execute(reader);
    if (code === FUNCTION.reexecute || code === FUNCTION.reexecuteAndFetch) return again(reader);
    const writer = createByteWriter();
    if (code === FUNCTION.authPhaseOne || code === FUNCTION.authPhaseTwo) await logIn(code, reader, writer);
    else writeStatus(writer, false);
    return writer.toBuffer();
  };
  serveTnsConnection(socket, {
    connect: () => undefined,
    message: (bytes) =>
      message(bytes).catch((error: unknown) => {
        process.stderr.write(`null server: ${error instanceof Error ? error.stack : error}\n`);
        throw error;
      }),
    interrupt: () => undefined,
    cancelled: () => {
      throw new Error('the null server answers at once: nothing to interrupt');
    },
    closed: () => undefined,
  });
};
