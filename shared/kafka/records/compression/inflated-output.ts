/** Output of a decoder, which may repeat earlier parts. Grows as needed, never beyond `max`. */
export type Output = { bytes: Buffer; length: number; readonly max: number };

/**
 * Compressed bytes that violate their format or inflate beyond the bound. The message contains
 * nothing of their content.
 */
export class BadCompression extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BadCompression';
  }
}

export const tooLarge = (max: number): BadCompression => new BadCompression(`it inflates to more than ${max} bytes`);

/**
 * Creates an output.
 * @param expected bytes to allocate at once; an estimate suffices
 * @param max bound of the output in bytes
 */
export const createOutput = (expected: number, max: number): Output => ({
  bytes: Buffer.allocUnsafe(Math.min(expected, max)),
  length: 0,
  max,
});

/**
 * Makes room for `more` bytes.
 * @throws BadCompression when that would exceed the bound
 */
export const reserve = (out: Output, more: number): void => {
  const needed = out.length + more;
  if (needed <= out.bytes.length) return;
  if (needed > out.max) throw tooLarge(out.max);
  const larger = Buffer.allocUnsafe(Math.min(out.max, Math.max(needed, 2 * out.bytes.length)));
  out.bytes.copy(larger, 0, 0, out.length);
  out.bytes = larger;
};

/** Up to this many bytes a loop is faster than a call of Buffer (measured). */
const FEW = 48;

/**
 * Appends `count` bytes of the input.
 * @throws BadCompression when the input ends early, or the output would exceed its bound
 */
export const append = (out: Output, from: Uint8Array, start: number, count: number): void => {
  if (start + count > from.length) throw new BadCompression('it ends early');
  reserve(out, count);
  const { bytes, length } = out;
  if (count > FEW) bytes.set(from.subarray(start, start + count), length);
  else for (let i = 0; i < count; i += 1) bytes[length + i] = from[start + i] as number;
  out.length = length + count;
};

/** Repeats the bytes written `distance` bytes ago. The copy may overlap itself. */
export const repeat = (out: Output, distance: number, count: number): void => {
  if (distance < 1 || distance > out.length) throw new BadCompression('it repeats bytes before its beginning');
  reserve(out, count);
  const { bytes, length } = out;
  const from = length - distance;
  if (count <= FEW) {
    for (let i = 0; i < count; i += 1) bytes[length + i] = bytes[from + i] as number;
  } else {
    for (let done = 0; done < count; ) {
      // Each round doubles the bytes that can be copied at once.
      const step = Math.min(count - done, distance + done);
      bytes.copyWithin(length + done, from, from + step);
      done += step;
    }
  }
  out.length = length + count;
};

/** Returns the bytes written so far. */
export const written = (out: Output): Buffer => out.bytes.subarray(0, out.length);
