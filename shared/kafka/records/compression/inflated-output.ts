/** What a decoder has written so far; later parts of it repeat earlier ones. Grows as bytes are really written, never beyond `max`. */
export type Output = { bytes: Buffer; length: number; readonly max: number };

/** Compressed bytes that break their format's rules, or inflate beyond the bound. Says nothing of their content. */
export class BadCompression extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BadCompression';
  }
}

export const tooLarge = (max: number): BadCompression => new BadCompression(`it inflates to more than ${max} bytes`);

/** @param expected bytes to make room for at once; a guess is enough */
export const createOutput = (expected: number, max: number): Output => ({
  bytes: Buffer.allocUnsafe(Math.min(expected, max)),
  length: 0,
  max,
});

/** Makes room for so many more bytes. @throws BadCompression when that would pass the bound */
export const reserve = (out: Output, more: number): void => {
  const needed = out.length + more;
  if (needed <= out.bytes.length) return;
  if (needed > out.max) throw tooLarge(out.max);
  const larger = Buffer.allocUnsafe(Math.min(out.max, Math.max(needed, 2 * out.bytes.length)));
  out.bytes.copy(larger, 0, 0, out.length);
  out.bytes = larger;
};

/** Up to so many bytes a loop is faster than a call of Buffer, measured. */
const FEW = 48;

export const append = (out: Output, from: Uint8Array, start: number, count: number): void => {
  if (start + count > from.length) throw new BadCompression('it ends early');
  reserve(out, count);
  const { bytes, length } = out;
  if (count > FEW) bytes.set(from.subarray(start, start + count), length);
  else for (let i = 0; i < count; i += 1) bytes[length + i] = from[start + i] as number;
  out.length = length + count;
};

/** Writes what was written `distance` bytes ago once more; the copy may reach into itself. */
export const repeat = (out: Output, distance: number, count: number): void => {
  if (distance < 1 || distance > out.length) throw new BadCompression('it repeats bytes before its beginning');
  reserve(out, count);
  const { bytes, length } = out;
  const from = length - distance;
  if (count <= FEW) {
    for (let i = 0; i < count; i += 1) bytes[length + i] = bytes[from + i] as number;
  } else {
    for (let done = 0; done < count; ) {
      // each round doubles what can be copied at once
      const step = Math.min(count - done, distance + done);
      bytes.copyWithin(length + done, from, from + step);
      done += step;
    }
  }
  out.length = length + count;
};

export const written = (out: Output): Buffer => out.bytes.subarray(0, out.length);
