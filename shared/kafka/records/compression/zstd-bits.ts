import { BadCompression } from './inflated-output';

/**
 * Bits that are read from the end to the beginning. `bit` is the number left; it is negative when
 * more were read than exist (those read as 0).
 */
export type BackwardBits = { readonly bytes: Uint8Array; readonly start: number; bit: number };

export const highestBit = (value: number): number => 31 - Math.clz32(value);

/** Opens a stream of bits. The highest set bit of the last byte marks the end. */
export const openBackwardBits = (bytes: Uint8Array, start: number, end: number): BackwardBits => {
  const last = bytes[end - 1] ?? 0;
  if (end <= start || end > bytes.length || last === 0) throw new BadCompression('a bit stream has no end');
  return { bytes, start, bit: 8 * (end - start - 1) + highestBit(last) };
};

/** Returns up to 24 bits from `bit` on, without moving. */
const bitsAt = ({ bytes, start }: BackwardBits, bit: number, count: number): number => {
  const index = start + (bit >> 3);
  const four =
    (bytes[index] as number) |
    ((bytes[index + 1] as number) << 8) |
    ((bytes[index + 2] as number) << 16) |
    ((bytes[index + 3] as number) << 24);
  return (four >>> (bit & 7)) & ((1 << count) - 1);
};

/** Returns up to 24 bits before the position, without moving. */
export const peekBits = (bits: BackwardBits, count: number): number => {
  const from = bits.bit - count;
  if (from >= 0) return bitsAt(bits, from, count);
  return bits.bit <= 0 ? 0 : bitsAt(bits, 0, bits.bit) << -from;
};

/** Returns bits before the position, also more than 24, and moves by their number. */
export const readBits = (bits: BackwardBits, count: number): number => {
  if (count > 24) {
    const high = readBits(bits, count - 16);
    return (high << 16) | readBits(bits, 16);
  }
  const value = count === 0 ? 0 : peekBits(bits, count);
  bits.bit -= count;
  return value;
};

/** Reads bits from the beginning, lowest first. */
export const createForwardBits = (bytes: Uint8Array, start: number, end: number) => {
  let bit = 0;
  return {
    read: (count: number): number => {
      const index = start + (bit >> 3);
      if (bit + count > 8 * (end - start)) throw new BadCompression('a table ends early');
      const four = (bytes[index] as number) | ((bytes[index + 1] ?? 0) << 8) | ((bytes[index + 2] ?? 0) << 16);
      const value = (four >>> (bit & 7)) & ((1 << count) - 1);
      bit += count;
      return value;
    },
    unread: (count: number): void => {
      bit -= count;
    },
    /** Returns the index of the next whole byte. */
    position: (): number => start + ((bit + 7) >> 3),
  };
};
