import { DATA_FLAG, dataOf, PACKET, splitPackets } from '../tns/packets';

/**
 * Extracts the client's TTC messages from a recording of all bytes it sent, by removing the
 * transport's packets.
 */
export const splitMessages = (bytes: Buffer): readonly Buffer[] => {
  const messages: Buffer[] = [];
  let parts: Buffer[] = [];
  let large = false;
  splitPackets(
    bytes,
    () => large,
    (packet) => {
      if (packet[4] === PACKET.connect) {
        const whole = packet.readUInt16BE(26) + packet.readUInt16BE(24) <= packet.length;
        large = whole;
        return;
      }
      if (packet[4] !== PACKET.data) return;
      const { flags, bytes: data } = dataOf(packet);
      if (!large) {
        // Connect data that did not fit into the connect packet.
        large = true;
        return;
      }
      parts.push(data);
      if ((flags & DATA_FLAG.endOfRequest) === 0) return;
      messages.push(Buffer.concat(parts));
      parts = [];
    },
  );
  return messages;
};
