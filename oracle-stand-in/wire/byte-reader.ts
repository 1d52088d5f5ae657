export type ByteReader = {
  readonly u8: () => number;
  readonly raw: (length: number) => Buffer;
  /** Reads Oracle's variable-length integer, unsigned or signed. */
  readonly ub: () => number;
  readonly skip: (...what: readonly ('u8' | 'ub')[]) => void;
  /** Reads bytes preceded by their length, or null. */
  readonly bytes: () => Buffer | null;
  readonly text: () => string;
  readonly position: () => number;
  readonly length: number;
};

/** A message ended before its last field: driver and server disagree about the fields. */
export class MessageTooShort extends Error {}

/** Reads one client message, field by field. */
export const createByteReader = (buffer: Buffer): ByteReader => {
  let at = 0;
  const raw = (length: number): Buffer => {
    if (at + length > buffer.length) {
      throw new MessageTooShort(`message of ${buffer.length} bytes: ${length} more expected at ${at}`);
    }
    at += length;
    return buffer.subarray(at - length, at);
  };
  const u8 = (): number => raw(1)[0] as number;
  const ub = (): number => {
    const length = u8();
    let value = 0;
    for (const digit of raw(length & 0x7f)) value = value * 256 + digit;
    return length & 0x80 ? -value : value;
  };
  const bytes = (): Buffer | null => {
    const length = u8();
    if (length === 0 || length === 255) return null;
    if (length !== 254) return raw(length);
    const chunks: Buffer[] = [];
    for (let chunk = ub(); chunk > 0; chunk = ub()) chunks.push(raw(chunk));
    return Buffer.concat(chunks);
  };
  return {
    u8,
    raw,
    ub,
    skip: (...what) => {
      for (const kind of what) kind === 'u8' ? u8() : ub();
    },
    bytes,
    text: () => bytes()?.toString() ?? '',
    position: () => at,
    length: buffer.length,
  };
};
