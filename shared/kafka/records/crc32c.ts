/** CRC-32C (Castagnoli; RFC 3720, appendix B.4), eight bytes at a time. Node lacks it. */
const POLYNOMIAL = 0x82f63b78;
const TABLES = new Int32Array(8 * 256);
for (let byte = 0; byte < 256; byte += 1) {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  TABLES[byte] = value;
}
for (let index = 256; index < TABLES.length; index += 1) {
  const before = TABLES[index - 256] as number;
  TABLES[index] = (before >>> 8) ^ (TABLES[before & 0xff] as number);
}
const table = (nth: number, byte: number): number => TABLES[256 * nth + (byte & 0xff)] as number;

/** Computes the checksum of the bytes from `start` on, as a signed 32-bit number. */
export const crc32c = (bytes: Buffer, start: number): number => {
  let crc = -1;
  let index = start;
  for (; index + 8 <= bytes.length; index += 8) {
    const low = bytes.readInt32LE(index) ^ crc;
    const high = bytes.readInt32LE(index + 4);
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
  for (; index < bytes.length; index += 1) crc = (crc >>> 8) ^ table(0, crc ^ (bytes[index] as number));
  return ~crc;
};
