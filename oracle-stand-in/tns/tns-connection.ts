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
  /** An error number refuses the connection. */
  readonly connect: (connectData: string) => number | undefined;
  /** Native encryption is required, and nobody has it. */
  readonly requiresEncryption?: boolean;
  /** It speaks as 11.2 does. */
  readonly isOld?: boolean;
  /** One whole client message, with its answer; undefined means none. */
  readonly message: (bytes: Buffer) => Promise<Buffer | undefined>;
  /** The client wants the running call to end. */
  readonly interrupt: () => void;
  /** The answer after a break: the call was cancelled. */
  readonly cancelled: () => Buffer;
  /** Sees every byte that the client sent, for recordings. */
  readonly arrived?: (bytes: Buffer) => void;
  readonly closed: () => void;
};

const TLS_HANDSHAKE = 0x16;

/**
 * The transport of one client: packets to messages and back, the break and reset markers, one call at a time. A call's answer is dropped when
 * a break came meanwhile: what the client gets then is ORA-01013.
 */
export const serveTnsConnection = (socket: Socket, handlers: TnsHandlers): void => {
  let accepted = false;
  let connectDataFollows = false;
  let rest: Buffer = Buffer.alloc(0);
  let message: Buffer[] = [];
  let breaking = false;
  /** not every client marks the end of a request; of one that does not, a packet that is not full is the last */
  let marksEnds = false;
  let running: Promise<void> = Promise.resolve();

  const write = (bytes: Buffer): void => {
    if (!socket.destroyed) socket.write(bytes);
  };
  const accept = (connectData: string): void => {
    const refusal = handlers.connect(connectData);
    if (refusal !== undefined) {
      socket.end(toRefusePacket(refusal));
      return;
    }
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
    message.push(bytes);
    marksEnds ||= (flags & DATA_FLAG.endOfRequest) !== 0;
    const ends = marksEnds ? (flags & DATA_FLAG.endOfRequest) !== 0 : packet.length < SDU;
    if (!ends) return;
    const whole = Buffer.concat(message);
    message = [];
    answer(whole);
  };
  const packet = (bytes: Buffer): void => {
    if (bytes[4] === PACKET.connect) {
      const connectData = connectDataOf(bytes);
      if (connectData === undefined) connectDataFollows = true;
      else accept(connectData);
    } else if (bytes[4] === PACKET.marker) marker(bytes[10] as number);
    else if (bytes[4] === PACKET.data) data(bytes);
  };
  /** the first bytes of a client that speaks TLS to a port that does not */
  const isTls = (bytes: Buffer): boolean => !accepted && rest.length === 0 && bytes[0] === TLS_HANDSHAKE;

  socket.setNoDelay(true);
  socket.on('data', (bytes) => {
    handlers.arrived?.(bytes);
    if (isTls(bytes)) return void socket.destroy();
    rest = splitPackets(rest.length === 0 ? bytes : Buffer.concat([rest, bytes]), () => accepted, packet);
  });
  socket.on('error', () => undefined);
  socket.once('close', handlers.closed);
};
