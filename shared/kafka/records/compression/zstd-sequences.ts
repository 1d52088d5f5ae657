import { append, BadCompression, type Output, repeat } from './inflated-output';
import { type BackwardBits, openBackwardBits, readBits } from './zstd-bits';
import { type FseTable, nextState, readFseTable, toFseTable, toSingleTable } from './zstd-fse';

/** State that the blocks of a frame share: the three tables, and the last three distances. */
export type SequenceState = { readonly tables: (FseTable | undefined)[]; readonly distances: [number, number, number] };

export const createSequenceState = (): SequenceState => ({ tables: [], distances: [1, 4, 8] });

const LARGEST_BLOCK = 131_072;
/** No repeated byte in memory is more than 2^28 bytes away. */
const FARTHEST_CODE = 28;

const series = (from: number, widths: readonly number[]) => {
  let next = from;
  const bases = widths.map((width) => {
    const base = next;
    next += 2 ** width;
    return base;
  });
  return { bases, widths };
};
const times = (count: number, width: number): number[] => new Array<number>(count).fill(width);

/** Lengths by code: the smallest length, and the number of extra bits (RFC 8878, 3.1.1.3.2.1.1). */
const LITERAL_LENGTHS = series(0, [...times(16, 0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
const MATCH_LENGTHS = series(3, [
  ...times(32, 0),
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  4,
  5,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
]);

/** In the order of their descriptions. The default tables are those of section 3.1.1.3.2.2. */
const KINDS = [
  {
    log: 9,
    symbols: 36,
    preset: toFseTable([4, 3, ...times(11, 2), 1, 1, 1, ...times(9, 2), 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1], 6),
  },
  { log: 8, symbols: 32, preset: toFseTable([...times(6, 1), 2, 2, 2, ...times(15, 1), ...times(5, -1)], 5) },
  { log: 9, symbols: 53, preset: toFseTable([1, 4, 3, ...times(6, 2), ...times(37, 1), ...times(7, -1)], 6) },
] as const;

const readTables = (bytes: Uint8Array, start: number, end: number, state: SequenceState): number => {
  const modes = bytes[start] ?? 0;
  if (modes & 3) throw new BadCompression('its sequences are of an unknown kind');
  let index = start + 1;
  for (const [i, kind] of KINDS.entries()) {
    const mode = (modes >> (6 - 2 * i)) & 3;
    if (mode === 0) state.tables[i] = kind.preset;
    else if (mode === 1) {
      const symbol = bytes[index] ?? 255;
      if (index >= end || symbol >= kind.symbols) throw new BadCompression('a table has an invalid symbol');
      state.tables[i] = toSingleTable(symbol);
      index += 1;
    } else if (mode === 2) {
      const read = readFseTable(bytes, index, end, kind);
      state.tables[i] = read.table;
      index = read.end;
    } else if (state.tables[i] === undefined) throw new BadCompression('it has no table to use again');
  }
  return index;
};

/** Resolves a distance. 1 to 3 mean one of the last three distances, whose list is updated. */
const toDistance = (value: number, literals: number, last: [number, number, number]): number => {
  if (value > 3) {
    last[2] = last[1];
    last[1] = last[0];
    last[0] = value - 3;
    return last[0];
  }
  const which = literals === 0 ? value : value - 1;
  const distance = which === 3 ? last[0] - 1 : (last[which] as number);
  if (which > 1) last[2] = last[1];
  if (which > 0) last[1] = last[0];
  last[0] = distance;
  return distance;
};

const readLength = (lengths: typeof LITERAL_LENGTHS, code: number, bits: BackwardBits): number =>
  (lengths.bases[code] as number) + readBits(bits, lengths.widths[code] as number);

const readCount = (bytes: Uint8Array, start: number): readonly [count: number, next: number] => {
  const [first = 0, second = 0, third = 0] = bytes.subarray(start, start + 3);
  if (first < 128) return [first, start + 1];
  if (first < 255) return [((first - 128) << 8) + second, start + 2];
  return [second + (third << 8) + 0x7f00, start + 3];
};

/**
 * Executes the sequences of a block: each copies some literals, then repeats earlier bytes. The
 * remaining literals end the block.
 */
export const inflateSequences = (
  bytes: Uint8Array,
  [start, end]: readonly [number, number],
  literals: Uint8Array,
  state: SequenceState,
  out: Output,
  frameStart: number,
): void => {
  const [count, next] = readCount(bytes, start);
  if (start >= end || next > end) throw new BadCompression('a block ends early');
  const blockEnd = out.length + LARGEST_BLOCK;
  let used = 0;
  if (count > 0) {
    const bits = openBackwardBits(bytes, readTables(bytes, next, end, state), end);
    const [lengths, distances, matches] = state.tables as [FseTable, FseTable, FseTable];
    let lengthState = readBits(bits, lengths.log);
    let distanceState = readBits(bits, distances.log);
    let matchState = readBits(bits, matches.log);
    for (let left = count; left > 0; left -= 1) {
      const far = distances.symbol[distanceState] as number;
      if (far > FARTHEST_CODE) throw new BadCompression('it repeats bytes before its beginning');
      const value = 2 ** far + readBits(bits, far);
      const match = readLength(MATCH_LENGTHS, matches.symbol[matchState] as number, bits);
      const length = readLength(LITERAL_LENGTHS, lengths.symbol[lengthState] as number, bits);
      if (bits.bit < 0 || used + length > literals.length || out.length + length + match > blockEnd) {
        throw new BadCompression('a block holds more than it may');
      }
      append(out, literals, used, length);
      used += length;
      const distance = toDistance(value, length, state.distances);
      if (distance > out.length - frameStart) throw new BadCompression('it repeats bytes before its beginning');
      repeat(out, distance, match);
      if (left === 1) break;
      lengthState = nextState(lengths, lengthState, bits);
      matchState = nextState(matches, matchState, bits);
      distanceState = nextState(distances, distanceState, bits);
    }
    if (bits.bit !== 0) throw new BadCompression('its sequences do not end where they should');
  }
  append(out, literals, used, literals.length - used);
  if (out.length > blockEnd) throw new BadCompression('a block holds more than it may');
};
