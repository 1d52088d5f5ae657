import { append, BadCompression, createOutput, type Output, reserve, written } from './inflated-output';
import { type HuffmanTable, readLiterals } from './zstd-literals';
import { createSequenceState, inflateSequences, type SequenceState } from './zstd-sequences';

/**
 * Zstandard (RFC 8878). Hand-written, because Node has it only since 22.15. The library for older
 * versions allocates any size that a header of nine bytes claims, and works for minutes on a block
 * that exceeds its limit. Checksums are skipped: Kafka's own covers the compressed bytes.
 */
const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const LARGEST_BLOCK = 131_072;

type Frame = { readonly start: number; readonly sequences: SequenceState; tree: HuffmanTable | undefined };

const early = (): BadCompression => new BadCompression('it ends early');

const inflateBlock = (bytes: Buffer, pos: number, size: number, out: Output, frame: Frame): void => {
  const end = pos + size;
  if (size > LARGEST_BLOCK || end > bytes.length) throw early();
  const { literals, end: literalsEnd, tree } = readLiterals(bytes, pos, end, frame.tree);
  frame.tree = tree;
  inflateSequences(bytes, [literalsEnd, end], literals, frame.sequences, out, frame.start);
};

/** Returns the length of a frame's header after the magic number. */
const headLength = (flags: number): number => {
  const single = (flags >> 5) & 1;
  const dictionary = [0, 1, 2, 4][flags & 3] as number;
  const size = [single, 2, 4, 8][flags >> 6] as number;
  if (dictionary > 0) throw new BadCompression('it needs a dictionary');
  if (flags & 8) throw new BadCompression('it is of an unknown kind');
  return 1 + (1 - single) + size;
};

const inflateFrame = (bytes: Buffer, start: number, out: Output): number => {
  const flags = bytes.readUInt8(start);
  const frame: Frame = { start: out.length, sequences: createSequenceState(), tree: undefined };
  let pos = start + headLength(flags);
  for (let last = false; !last; ) {
    const head = bytes.readUIntLE(pos, 3);
    last = (head & 1) === 1;
    const kind = (head >> 1) & 3;
    const size = head >> 3;
    pos += 3;
    if (kind === 0) append(out, bytes, pos, size);
    else if (kind === 1) {
      const byte = bytes.readUInt8(pos);
      reserve(out, size);
      out.bytes.fill(byte, out.length, out.length + size);
      out.length += size;
    } else if (kind === 2) inflateBlock(bytes, pos, size, out, frame);
    else throw new BadCompression('a block is of an unknown kind');
    pos += kind === 1 ? 1 : size;
  }
  return pos + (flags & 4 ? 4 : 0);
};

/**
 * Inflates one or more Zstandard frames to at most `max` bytes.
 * @throws BadCompression; RangeError when a frame ends early
 */
export const decompressZstd = (bytes: Buffer, max: number): Buffer => {
  const out = createOutput(4 * bytes.length, max);
  for (let pos = 0; pos < bytes.length; ) {
    const magic = bytes.readUInt32LE(pos);
    if (magic === MAGIC) pos = inflateFrame(bytes, pos + 4, out);
    else if ((magic & ~0xf) >>> 0 === SKIPPABLE) pos += 8 + bytes.readUInt32LE(pos + 4);
    else throw new BadCompression('it does not begin like a Zstandard frame');
    if (pos > bytes.length) throw early();
  }
  return written(out);
};
