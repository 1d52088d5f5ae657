import { BadCompression } from './inflated-output';
import { type BackwardBits, createForwardBits, highestBit, readBits } from './zstd-bits';

/**
 * A table of Finite State Entropy (RFC 8878, 4.1): for each state its symbol, and how to compute
 * the next state.
 */
export type FseTable = {
  readonly log: number;
  readonly symbol: Uint8Array;
  readonly bits: Uint8Array;
  readonly base: Uint16Array;
};

/** Builds a table from each symbol's number of states, 2^log in total. −1: less than one. */
export const toFseTable = (counts: readonly number[], log: number): FseTable => {
  const size = 1 << log;
  const symbol = new Uint8Array(size);
  const next = new Uint16Array(counts.length);
  let high = size;
  for (const [code, count] of counts.entries()) {
    if (count === -1) {
      high -= 1;
      symbol[high] = code;
    }
    next[code] = Math.abs(count);
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let slot = 0;
  for (const [code, count] of counts.entries()) {
    for (let i = 0; i < count; i += 1) {
      symbol[slot] = code;
      do slot = (slot + step) & (size - 1);
      while (slot >= high);
    }
  }
  const bits = new Uint8Array(size);
  const base = new Uint16Array(size);
  for (let state = 0; state < size; state += 1) {
    const code = symbol[state] as number;
    const turn = next[code] as number;
    next[code] = turn + 1;
    const width = log - highestBit(turn);
    bits[state] = width;
    base[state] = (turn << width) - size;
  }
  return { log, symbol, bits, base };
};

/** Builds a table with a single symbol, which takes no bits. */
export const toSingleTable = (symbol: number): FseTable => ({
  log: 0,
  symbol: Uint8Array.of(symbol),
  bits: Uint8Array.of(0),
  base: Uint16Array.of(0),
});

/** Reads the description of a table. Returns the table, and where the description ends. */
export const readFseTable = (
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: { readonly log: number; readonly symbols: number },
): { readonly table: FseTable; readonly end: number } => {
  const bits = createForwardBits(bytes, start, end);
  const log = bits.read(4) + 5;
  if (log > limits.log) throw new BadCompression('a table is too large');
  const counts: number[] = [];
  let left = 1 << log;
  while (left > 0) {
    const width = highestBit(left + 1) + 1;
    const low = (1 << (width - 1)) - 1;
    const short = (1 << width) - 2 - left;
    let value = bits.read(width);
    if ((value & low) < short) {
      bits.unread(1);
      value &= low;
    } else if (value > low) value -= short;
    const count = value - 1;
    left -= Math.abs(count);
    counts.push(count);
    if (count === 0) {
      for (let zeros = 3; zeros === 3; ) {
        zeros = bits.read(2);
        for (let i = 0; i < zeros; i += 1) counts.push(0);
      }
    }
    if (counts.length > limits.symbols) throw new BadCompression('a table has too many symbols');
  }
  if (left < 0) throw new BadCompression('a table does not add up');
  return { table: toFseTable(counts, log), end: bits.position() };
};

export const nextState = (table: FseTable, state: number, bits: BackwardBits): number =>
  (table.base[state] as number) + readBits(bits, table.bits[state] as number);
