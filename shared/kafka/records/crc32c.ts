/** CRC-32C (Castagnoli, RFC 3720 appendix B.4) by eight bytes at a time; Node has only the other CRC-32. */
const POLYNOMIAL = 0x82f63b78;
const TABLES = new Int32Array(8 * 256);
for (let byte = 0; byte < 256; byte += 1) {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  TABLES[byte] = value;
}
for (let at = 256; at < TABLES.length; at += 1) {
  const before = TABLES[at - 256] as number;
  TABLES[at] = (before >>> 8) ^ (TABLES[before & 0xff] as number);
}
const table = (nth: number, byte: number): number => TABLES[256 * nth + (byte & 0xff)] as number;

/** Checksum of the bytes from `start` on, as a signed 32-bit number. */
export const crc32c = (bytes: Buffer, start: number): number => {
  let crc = -1;
  let at = start;
  for (; at + 8 <= bytes.length; at += 8) {
    const low = bytes.readInt32LE(at) ^ crc;
    const high = bytes.readInt32LE(at + 4);
    crc =
      table(7, low) ^
      table(6, low >> 8) ^
      table(5, low >> 16) ^
      table(4, low >> 24) ^
      table(3, high) ^
      table(2, high >> 8) ^
      table(1, high >> 16) ^
      table(0, high >> 24);
  }
  for (; at < bytes.length; at += 1) crc = (crc >>> 8) ^ table(0, crc ^ (bytes[at] as number));
  return ~crc;
};
