const CHUNK = 32_767;
const SHORT_MAX = 252;

export type ByteWriter = {
  readonly raw: (bytes: Uint8Array) => ByteWriter;
  readonly u8: (value: number) => ByteWriter;
  readonly u16be: (value: number) => ByteWriter;
  readonly u16le: (value: number) => ByteWriter;
  /** Writes Oracle's variable-length integer: a length byte, then the big-endian digits. */
  readonly ub: (value: number | bigint) => ByteWriter;
  /** Writes the same with a sign, which is the high bit of the length byte. */
  readonly sb: (value: number | bigint) => ByteWriter;
  /** Writes bytes preceded by their length; long ones in chunks. */
  readonly bytes: (value: Uint8Array) => ByteWriter;
  /** Writes a text preceded by its length twice: as an integer, and as the length of its bytes. */
  readonly text: (value: string) => ByteWriter;
  readonly toBuffer: () => Buffer;
};

const digitsOf = (value: bigint): Buffer => {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
};

/** Collects the bytes of one message. */
export const createByteWriter = (): ByteWriter => {
  const parts: Uint8Array[] = [];
  const push = (bytes: Uint8Array): ByteWriter => {
    parts.push(bytes);
    return writer;
  };
  const integer = (value: bigint, sign: number): ByteWriter => {
    if (value === 0n) return push(Buffer.from([0]));
    const digits = digitsOf(value);
    return push(Buffer.from([digits.length | sign])) && push(digits);
  };
  const u16 = (value: number, write: 'writeUInt16BE' | 'writeUInt16LE'): ByteWriter => {
    const bytes = Buffer.alloc(2);
    bytes[write](value);
    return push(bytes);
  };
  const writer: ByteWriter = {
    raw: push,
    u8: (value) => push(Buffer.from([value & 255])),
    u16be: (value) => u16(value, 'writeUInt16BE'),
    u16le: (value) => u16(value, 'writeUInt16LE'),
    ub: (value) => integer(BigInt(value), 0),
    sb: (value) => (value < 0 ? integer(-BigInt(value), 0x80) : integer(BigInt(value), 0)),
    bytes: (value) => {
      if (value.length <= SHORT_MAX) return push(Buffer.from([value.length])) && push(value);
      push(Buffer.from([254]));
      for (let at = 0; at < value.length; at += CHUNK) {
        const chunk = value.subarray(at, at + CHUNK);
        integer(BigInt(chunk.length), 0);
        push(chunk);
      }
      return push(Buffer.from([0]));
    },
    text: (value) => {
      const bytes = Buffer.from(value);
      integer(BigInt(bytes.length), 0);
      return bytes.length > 0 ? writer.bytes(bytes) : writer;
    },
    toBuffer: () => Buffer.concat(parts),
  };
  return writer;
};
