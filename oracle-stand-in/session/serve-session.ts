import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { FATAL_NUMBERS } from '../faults';
import { OracleError, oraText } from '../sql/oracle-error';
import { serveTnsConnection } from '../tns/tns-connection';
import { dataTypesAnswer, protocolAnswer } from '../ttc/handshake';
import { runLobOperation } from '../ttc/lob-operations';
import { FUNCTION, functionName, MESSAGE } from '../ttc/protocol';
import { readFetch } from '../ttc/read-execute';
import { type Piggyback, readPiggybacks } from '../ttc/read-piggybacks';
import { type Outcome, writeOutcome, writeStatus } from '../ttc/write-outcome';
import { type ByteReader, createByteReader } from '../wire/byte-reader';
import { type ByteWriter, createByteWriter } from '../wire/byte-writer';
import { answerRows } from './answer-statement';
import { execute, reexecute } from './execute-call';
import { createInterrupter } from './interrupt-call';
import { applySchema, createLogIn } from './log-in';
import {
  ConnectionLost,
  commitTransaction,
  createSessionState,
  loggedIn,
  rollbackTransaction,
  type SessionServices,
  type SessionState,
} from './session-state';

export type SessionHooks = {
  /** Receives the name of each call after the login. */
  readonly roundTrip: (session: number, name: string) => void;
  readonly arrived?: (session: number, bytes: Buffer) => void;
  readonly ended: () => void;
};

const applyPiggyback = async (state: SessionState, piggyback: Piggyback): Promise<void> => {
  switch (piggyback.kind) {
    case 'closeCursors':
      return state.cursors.close(piggyback.cursorIds);
    case 'cancelCursors':
      for (const id of piggyback.cursorIds) await state.cursors.closeSource(state.cursors.find(id));
      return;
    case 'freeLobs':
      return state.lobs.free(piggyback.locators);
    case 'setSchema':
      state.schema = piggyback.schema.toUpperCase();
      return applySchema(state, loggedIn(state).postgres);
    case 'endToEnd':
      for (const [name, value] of Object.entries(piggyback.attributes)) state.attributes.set(name, value);
      return applySchema(state, loggedIn(state).postgres);
  }
};

/**
 * Handles the release of the server process by a client of resident pooling (DRCP), which gets no
 * answer. The client may get another server process next time, so this session forgets the client's
 * attributes, as if others had used it meanwhile.
 */
const letGo = async (state: SessionState): Promise<undefined> => {
  await rollbackTransaction(state);
  state.attributes.clear();
  await applySchema(state, loggedIn(state).postgres);
  return undefined;
};

const inTransaction = ({ login }: SessionState): boolean => login?.postgres.inTransaction() ?? false;

type LogIn = ReturnType<typeof createLogIn>;

/** Runs one call of the client, and writes its answer. */
const runCall = async (
  state: SessionState,
  logIn: LogIn,
  code: number,
  reader: ByteReader,
  writer: ByteWriter,
): Promise<void> => {
  switch (code) {
    case FUNCTION.authPhaseOne:
      await logIn.phaseOne(reader, writer);
      return writeOutcome(writer, { inTransaction: false });
    case FUNCTION.authPhaseTwo:
      await logIn.phaseTwo(reader, writer);
      return writeOutcome(writer, { inTransaction: false });
    case FUNCTION.execute:
      return execute(state, reader, writer);
    case FUNCTION.reexecute:
    case FUNCTION.reexecuteAndFetch:
      return reexecute(state, reader, writer, code === FUNCTION.reexecuteAndFetch);
    case FUNCTION.fetch: {
      const { cursorId, count } = readFetch(reader);
      return answerRows(state, writer, state.cursors.find(cursorId), count);
    }
    case FUNCTION.commit:
      await commitTransaction(state);
      return writeStatus(writer, false);
    case FUNCTION.rollback:
      await rollbackTransaction(state);
      return writeStatus(writer, false);
    case FUNCTION.logoff:
      if (state.login !== undefined) await rollbackTransaction(state);
      return writeStatus(writer, false);
    case FUNCTION.ping:
      return writeStatus(writer, inTransaction(state));
    case FUNCTION.lobOperation:
      runLobOperation(reader, writer, state.lobs);
      return writeOutcome(writer, { inTransaction: inTransaction(state) });
    default:
      throw new OracleError(3115, `unsupported network datatype or representation (function ${code})`);
  }
};

/** Writes the answer of a call that failed. */
const failed = (state: SessionState, error: OracleError): Buffer => {
  const known = (error as { outcome?: Outcome }).outcome;
  const text = oraText(error.number, error.message);
  const ending = known ?? { inTransaction: inTransaction(state), error: { number: error.number, text } };
  const writer = createByteWriter();
  writeOutcome(writer, ending);
  return writer.toBuffer();
};

/** Serves one client from its first packet to its last. */
export const serveSession = (socket: Socket, id: number, services: SessionServices, hooks: SessionHooks): void => {
  const state = createSessionState(id, socket instanceof TLSSocket ? 'tcps' : 'tcp', services);
  const logIn = createLogIn(state);
  const interrupter = createInterrupter(state);

  const message = async (bytes: Buffer): Promise<Buffer | undefined> => {
    await services.faults.notFrozen();
    const reader = createByteReader(bytes);
    if (bytes[0] === MESSAGE.protocol) return protocolAnswer();
    if (bytes[0] === MESSAGE.dataTypes) return dataTypesAnswer();
    try {
      const { type, piggybacks } = readPiggybacks(reader);
      for (const piggyback of piggybacks) await applyPiggyback(state, piggyback);
      if (type === MESSAGE.oneWay) return await letGo(state);
      if (type !== MESSAGE.function) throw new Error(`message type ${type}`);
      const code = reader.u8();
      reader.u8();
      if (state.login !== undefined) hooks.roundTrip(id, functionName(code) ?? String(code));
      const writer = createByteWriter();
      await runCall(state, logIn, code, reader, writer);
      await services.faults.notFrozen();
      return writer.toBuffer();
    } catch (error) {
      if (error instanceof ConnectionLost) throw error;
      if (!(error instanceof OracleError)) {
        // A fault of this server: its stack goes to the client, so that the failing test shows
        // where.
        const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
        return failed(state, new OracleError(7445, `exception encountered: [stand-in], [${stack}]`));
      }
      if (FATAL_NUMBERS.has(error.number)) socket.once('drain', () => undefined).setTimeout(50, () => socket.destroy());
      return failed(state, error);
    }
  };
  serveTnsConnection(socket, {
    requiresEncryption: services.encryption === 'required',
    isOld: services.release === '11.2',
    connect: (data) => {
      state.connectData = data;
      const wanted = /\((?:SERVICE_NAME|SID)=([^)]*)\)/i.exec(data)?.[1] ?? '';
      const refusal = services.faults.atConnect();
      return refusal ?? (wanted.toUpperCase() === services.world.service ? undefined : 12514);
    },
    message: (bytes) => interrupter.around(() => message(bytes)),
    interrupt: interrupter.interrupt,
    cancelled: () => failed(state, new OracleError(1013, 'user requested cancel of current operation')),
    ...(hooks.arrived === undefined ? {} : { arrived: (bytes: Buffer) => hooks.arrived?.(id, bytes) }),
    closed: () => {
      hooks.ended();
      state.closed = true;
      void state.login?.postgres.close();
    },
  });
};
