const WIDTH = 16;

/** Formats bytes like `hexdump -C`, up to `limit`; the last line counts the rest. Pure. */
export const toHexDump = (bytes: Buffer, limit = 2048): readonly string[] => {
  const shown = bytes.subarray(0, limit);
  const lines: string[] = [];
  for (let offset = 0; offset < shown.length; offset += WIDTH) {
    const row = shown.subarray(offset, offset + WIDTH);
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${offset.toString(16).padStart(8, '0')}  ${hex.padEnd(WIDTH * 3 - 1)}  |${text}|`);
  }
  if (bytes.length > limit) lines.push(`… ${bytes.length - limit} more bytes`);
  return lines;
};
