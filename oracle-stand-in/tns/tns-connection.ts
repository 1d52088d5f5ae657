import type { Socket } from 'node:net';
import {
  connectDataOf,
  DATA_FLAG,
  dataOf,
  MARKER,
  PACKET,
  SDU,
  splitPackets,
  TNS_VERSION_11_2,
  toAcceptPacket,
  toDataPackets,
  toMarkerPacket,
  toRefusePacket,
  toServicesRefusal,
} from './packets';

export type TnsHandlers = {
  /** Returns an error number to refuse the connection. */
  readonly connect: (connectData: string) => number | undefined;
  /** Requires native encryption, which refuses every thin client. */
  readonly requiresEncryption?: boolean;
  /** Speaks as 11.2 does. */
  readonly isOld?: boolean;
  /** Handles one whole client message and returns its answer; undefined: none. */
  readonly message: (bytes: Buffer) => Promise<Buffer | undefined>;
  /** Called when the client wants the running call to end. */
  readonly interrupt: () => void;
  /** Returns the answer after a break: the call was cancelled. */
  readonly cancelled: () => Buffer;
  /** Receives every byte that the client sends, for recordings. */
  readonly arrived?: (bytes: Buffer) => void;
  readonly closed: () => void;
};

const TLS_HANDSHAKE = 0x16;

/**
 * Creates the function that joins the contents of packets; it returns the message that they end.
 */
const createJoiner = () => {
  let parts: Buffer[] = [];
  /**
   * True once the client has marked the end of a request. Without such marks, a packet that is not
   * full ends the message.
   */
  let marksEnds = false;
  return (bytes: Buffer, isMarked: boolean, isShort: boolean): Buffer | undefined => {
    parts.push(bytes);
    marksEnds ||= isMarked;
    if (!(marksEnds ? isMarked : isShort)) return undefined;
    const message = Buffer.concat(parts);
    parts = [];
    return message;
  };
};

/**
 * Runs the transport of one client: packets to messages and back, break and reset markers, one call
 * at a time. When a break arrives during a call, the call's answer is dropped, and the client gets
 * ORA-01013.
 */
export const serveTnsConnection = (socket: Socket, handlers: TnsHandlers): void => {
  let accepted = false;
  let connectDataFollows = false;
  let rest: Buffer = Buffer.alloc(0);
  const join = createJoiner();
  let breaking = false;
  let running: Promise<void> = Promise.resolve();

  const write = (bytes: Buffer): void => {
    if (!socket.destroyed) socket.write(bytes);
  };
  const accept = (connectData: string): void => {
    const refusal = handlers.connect(connectData);
    if (refusal !== undefined) return void socket.end(toRefusePacket(refusal));
    accepted = true;
    const services = handlers.requiresEncryption ? 'required' : 'none';
    write(handlers.isOld ? toAcceptPacket(services, TNS_VERSION_11_2) : toAcceptPacket(services));
  };
  const answer = (bytes: Buffer): void => {
    running = running
      .then(() => handlers.message(bytes))
      .then((reply) => {
        if (reply !== undefined && !breaking) write(toDataPackets(reply));
      })
      .catch(() => void socket.destroy());
  };
  const marker = (kind: number): void => {
    if (kind !== MARKER.reset) {
      breaking = true;
      handlers.interrupt();
      write(toMarkerPacket(MARKER.break));
      return;
    }
    running = running.then(() => {
      breaking = false;
      write(toMarkerPacket(MARKER.reset));
      write(toDataPackets(handlers.cancelled()));
    });
  };
  const data = (packet: Buffer): void => {
    const { flags, bytes } = dataOf(packet);
    if (connectDataFollows) {
      connectDataFollows = false;
      accept(bytes.toString('ascii'));
      return;
    }
    if (flags & DATA_FLAG.eof) return void socket.end();
    if (handlers.requiresEncryption) return void socket.end(toDataPackets(toServicesRefusal()));
    const message = join(bytes, (flags & DATA_FLAG.endOfRequest) !== 0, packet.length < SDU);
    if (message !== undefined) answer(message);
  };
  const packet = (bytes: Buffer): void => {
    if (bytes[4] === PACKET.connect) {
      const connectData = connectDataOf(bytes);
      if (connectData === undefined) connectDataFollows = true;
      else accept(connectData);
    } else if (bytes[4] === PACKET.marker) marker(bytes[10] as number);
    else if (bytes[4] === PACKET.data) data(bytes);
  };
  socket.setNoDelay(true);
  socket.on('data', (bytes) => {
    handlers.arrived?.(bytes);
    // a client that speaks TLS to a plain port
    if (!accepted && rest.length === 0 && bytes[0] === TLS_HANDSHAKE) return void socket.destroy();
    rest = splitPackets(rest.length === 0 ? bytes : Buffer.concat([rest, bytes]), () => accepted, packet);
  });
  socket.on('error', () => undefined);
  socket.once('close', handlers.closed);
};
