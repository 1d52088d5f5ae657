const WIDTH = 16;

/** Bytes as `hexdump -C` shows them; what is left out beyond `limit` is said on the last line. */
export const toHexDump = (bytes: Buffer, limit = 2048): readonly string[] => {
  const shown = bytes.subarray(0, limit);
  const lines: string[] = [];
  for (let at = 0; at < shown.length; at += WIDTH) {
    const row = shown.subarray(at, at + WIDTH);
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(WIDTH * 3 - 1)}  |${text}|`);
  }
  if (bytes.length > limit) lines.push(`… ${bytes.length - limit} more bytes`);
  return lines;
};
