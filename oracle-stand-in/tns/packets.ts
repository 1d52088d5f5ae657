/** Packet types of TNS, the transport below TTC. */
export const PACKET = { connect: 1, accept: 2, refuse: 4, data: 6, marker: 12 } as const;

export const MARKER = { break: 1, reset: 2, interrupt: 3 } as const;

/** Data flags. */
export const DATA_FLAG = { eof: 0x40, endOfRequest: 0x800 } as const;

const TNS_VERSION = 317;
export const TNS_VERSION_11_2 = 314;
export const SDU = 8192;
const HEADER = 8;
const DATA_HEADER = 10;

/** Builds a packet. Lengths have 16 bits until the accept packet, and 32 afterwards. */
const toPacket = (type: number, body: Uint8Array, large: boolean): Buffer => {
  const header = Buffer.alloc(HEADER);
  const length = HEADER + body.length;
  if (large) header.writeUInt32BE(length);
  else header.writeUInt16BE(length);
  header[4] = type;
  return Buffer.concat([header, body]);
};

/** Splits a message into data packets of at most the agreed size. */
export const toDataPackets = (message: Buffer): Buffer => {
  const size = SDU - DATA_HEADER;
  const packets: Buffer[] = [];
  for (let at = 0; at === 0 || at < message.length; at += size) {
    packets.push(toPacket(PACKET.data, Buffer.concat([Buffer.alloc(2), message.subarray(at, at + size)]), true));
  }
  return Buffer.concat(packets);
};

export const toMarkerPacket = (marker: number): Buffer => toPacket(PACKET.marker, Buffer.from([1, 0, marker]), true);

/** Announces whether native encryption is absent or required. */
const NETWORK_SERVICES = { none: [4, 8], required: [0x10, 0x10] } as const;

/**
 * Builds the accept packet. Version 317 has the fewest fields that the driver still supports; a
 * server of 11.2 has 314.
 */
export const toAcceptPacket = (services: keyof typeof NETWORK_SERVICES, version = TNS_VERSION): Buffer => {
  const body = Buffer.alloc(41);
  body.writeUInt16BE(version, 0);
  body.writeUInt16BE(SDU, 4);
  body.writeUInt16BE(65_535, 6);
  body.writeUInt16BE(1, 8);
  body.writeUInt16BE(41, 12);
  body.set(NETWORK_SERVICES[services], 14);
  body.writeUInt32BE(SDU, 24);
  body.writeUInt32BE(2_097_152, 28);
  return toPacket(PACKET.accept, body, false);
};

/** Refuses a client that negotiates native encryption without having it: ORA-12660. */
export const toServicesRefusal = (): Buffer => {
  const body = Buffer.alloc(21);
  body.writeUInt32BE(0xdeadbeef, 0);
  body.writeUInt16BE(body.length, 4);
  body.writeUInt32BE(0x1320_0000, 6);
  body.writeUInt16BE(1, 10);
  body.writeUInt16BE(4, 13);
  body.writeUInt32BE(12_660, 17);
  return body;
};

export const toRefusePacket = (errorNumber: number): Buffer => {
  const text = Buffer.from(
    `(DESCRIPTION=(TMP=)(VSNNUM=318767104)(ERR=${errorNumber})(ERROR_STACK=(ERROR=(CODE=${errorNumber})(EMFI=4))))`,
  );
  const head = Buffer.from([34, 0, 0, 0]);
  head.writeUInt16BE(text.length, 2);
  return toPacket(PACKET.refuse, Buffer.concat([head, text]), false);
};

/** Takes whole packets off the front of the received bytes, and returns the rest. */
export const splitPackets = (arrived: Buffer, isLarge: () => boolean, take: (packet: Buffer) => void): Buffer => {
  let rest = arrived;
  while (rest.length >= HEADER) {
    const length = isLarge() ? rest.readUInt32BE(0) : rest.readUInt16BE(0);
    if (length < HEADER || rest.length < length) break;
    const packet = rest.subarray(0, length);
    rest = rest.subarray(length);
    take(packet);
  }
  return rest;
};

/** Returns the connect data of a connect packet, or undefined when they follow in a data packet. */
export const connectDataOf = (packet: Buffer): string | undefined => {
  const length = packet.readUInt16BE(24);
  const offset = packet.readUInt16BE(26);
  return packet.length >= offset + length && length > 0 && length <= 230
    ? packet.toString('ascii', offset, offset + length)
    : undefined;
};

export const dataOf = (packet: Buffer): { readonly flags: number; readonly bytes: Buffer } => ({
  flags: packet.readUInt16BE(HEADER),
  bytes: packet.subarray(DATA_HEADER),
});
