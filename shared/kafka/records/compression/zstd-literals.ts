import { BadCompression } from './inflated-output';
import { highestBit, openBackwardBits, peekBits, readBits } from './zstd-bits';
import { nextState, readFseTable } from './zstd-fse';

/** A Huffman tree as a table: symbol and code length, indexed by the next `log` bits. */
export type HuffmanTable = { readonly log: number; readonly symbol: Uint8Array; readonly bits: Uint8Array };

const LONGEST_CODE = 11;
const LARGEST_BLOCK = 131_072;
const TREELESS = 3;

/** Reads compressed weights: two states alternate until the bits are used up. */
const readPackedWeights = (bytes: Uint8Array, start: number, end: number): number[] => {
  const { table, end: from } = readFseTable(bytes, start, end, { log: 6, symbols: 13 });
  const bits = openBackwardBits(bytes, from, end);
  const weights: number[] = [];
  let state = readBits(bits, table.log);
  let other = readBits(bits, table.log);
  while (weights.length < 255) {
    weights.push(table.symbol[state] as number);
    state = nextState(table, state, bits);
    [state, other] = [other, state];
    if (bits.bit < 0) return [...weights, table.symbol[state] as number];
  }
  throw new BadCompression('a tree has too many symbols');
};

const readBareWeights = (bytes: Uint8Array, start: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => {
    const byte = bytes[start + (i >> 1)] ?? 0;
    return i % 2 === 0 ? byte >> 4 : byte & 15;
  });

/** Builds the table. The last symbol's weight is the remainder to the next power of two. */
const toHuffmanTable = (known: readonly number[]): HuffmanTable => {
  const sum = known.reduce((total, weight) => total + ((1 << weight) >> 1), 0);
  if (sum === 0 || known.some((weight) => weight > LONGEST_CODE)) throw new BadCompression('a tree is invalid');
  const log = highestBit(sum) + 1;
  const left = (1 << log) - sum;
  if (log > LONGEST_CODE || (left & (left - 1)) !== 0) throw new BadCompression('a tree does not add up');
  const weights = [...known, highestBit(left) + 1];
  const symbol = new Uint8Array(1 << log);
  const bits = new Uint8Array(1 << log);
  let slot = 0;
  for (let weight = 1; weight <= log; weight += 1) {
    for (const [code, itsWeight] of weights.entries()) {
      if (itsWeight !== weight) continue;
      const codes = 1 << (weight - 1);
      symbol.fill(code, slot, slot + codes);
      bits.fill(log + 1 - weight, slot, slot + codes);
      slot += codes;
    }
  }
  return { log, symbol, bits };
};

const readTree = (bytes: Uint8Array, start: number, end: number): { table: HuffmanTable; end: number } => {
  const head = bytes[start] ?? 0;
  const length = head < 128 ? head : (head - 126) >> 1;
  const after = start + 1 + length;
  if (after > end) throw new BadCompression('a tree ends early');
  const weights =
    head < 128 ? readPackedWeights(bytes, start + 1, after) : readBareWeights(bytes, start + 1, head - 127);
  return { table: toHuffmanTable(weights), end: after };
};

const decodeStream = (
  bytes: Uint8Array,
  [start, end]: readonly [number, number],
  table: HuffmanTable,
  into: Uint8Array,
): void => {
  const bits = openBackwardBits(bytes, start, end);
  for (let i = 0; i < into.length; i += 1) {
    const code = peekBits(bits, table.log);
    into[i] = table.symbol[code] as number;
    bits.bit -= table.bits[code] as number;
  }
  if (bits.bit !== 0) throw new BadCompression('its literals do not end where they should');
};

/** Decodes four streams, each a quarter of the literals, after the lengths of the first three. */
const decodeFour = (bytes: Uint8Array, start: number, end: number, table: HuffmanTable, into: Uint8Array): void => {
  const quarter = (into.length + 3) >> 2;
  if (start + 6 > end || 3 * quarter > into.length) throw new BadCompression('its literals end early');
  let from = start + 6;
  for (let i = 0; i < 4; i += 1) {
    const length =
      i === 3 ? end - from : (bytes[start + 2 * i] as number) | ((bytes[start + 2 * i + 1] as number) << 8);
    if (from + length > end) throw new BadCompression('its literals end early');
    decodeStream(
      bytes,
      [from, from + length],
      table,
      into.subarray(i * quarter, i === 3 ? into.length : (i + 1) * quarter),
    );
    from += length;
  }
};

/** Reads the header: number of literals, their length in bytes, and where they begin. */
const readHead = (bytes: Uint8Array, start: number) => {
  const byte = (i: number): number => bytes[start + i] ?? 0;
  const kind = byte(0) & 3;
  const form = (byte(0) >> 2) & 3;
  if (kind < 2) {
    const width = form === 1 ? 2 : form === 3 ? 3 : 1;
    const count = width === 1 ? byte(0) >> 3 : (byte(0) >> 4) | (byte(1) << 4) | (width === 3 ? byte(2) << 12 : 0);
    return { kind, streams: 0, count, length: kind === 0 ? count : 1, from: start + width };
  }
  const width = form < 2 ? 10 : form === 2 ? 14 : 18;
  // A plain number instead of bit operations: up to 40 bits.
  const all =
    byte(0) +
    byte(1) * 2 ** 8 +
    byte(2) * 2 ** 16 +
    (form > 1 ? byte(3) * 2 ** 24 : 0) +
    (form > 2 ? byte(4) * 2 ** 32 : 0);
  return {
    kind,
    streams: form === 0 ? 1 : 4,
    count: Math.floor(all / 2 ** 4) % 2 ** width,
    length: Math.floor(all / 2 ** (4 + width)),
    from: start + (form < 2 ? 3 : form + 2),
  };
};

/**
 * Reads the literals of a block (RFC 8878, 3.1.1.3.1). Returns them, where they end, and the tree
 * that the next block may reuse.
 */
export const readLiterals = (
  bytes: Uint8Array,
  start: number,
  end: number,
  previous: HuffmanTable | undefined,
): { readonly literals: Uint8Array; readonly end: number; readonly tree: HuffmanTable | undefined } => {
  const { kind, streams, count, length, from } = readHead(bytes, start);
  const after = from + length;
  if (count > LARGEST_BLOCK || after > end) throw new BadCompression('its literals do not fit');
  if (kind === 0) return { literals: bytes.subarray(from, after), end: after, tree: previous };
  if (kind === 1) return { literals: new Uint8Array(count).fill(bytes[from] as number), end: after, tree: previous };
  const read = kind === TREELESS ? { table: previous, end: from } : readTree(bytes, from, after);
  if (read.table === undefined) throw new BadCompression('it has no tree to use again');
  const literals = new Uint8Array(count);
  if (streams === 1) decodeStream(bytes, [read.end, after], read.table, literals);
  else decodeFour(bytes, read.end, after, read.table, literals);
  return { literals, end: after, tree: read.table };
};
