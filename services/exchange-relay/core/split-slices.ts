import type { Slice } from './record-buffer';

/**
 * Splits a batch into two halves, of which the first must be committed first. Returns undefined for
 * one record or none.
 */
export const splitSlices = (slices: readonly Slice[]): readonly [readonly Slice[], readonly Slice[]] | undefined => {
  const total = slices.reduce((sum, slice) => sum + slice.records.length, 0);
  if (total <= 1) return undefined;
  let room = Math.floor(total / 2);
  const first: Slice[] = [];
  const second: Slice[] = [];
  for (const slice of slices) {
    if (room >= slice.records.length) {
      first.push(slice);
      room -= slice.records.length;
    } else if (room === 0) {
      second.push(slice);
    } else {
      // The border must not be after a record that the slice leaves for later.
      const border = Math.min(slice.nextOffset, ...slice.records.slice(room).map(({ offset }) => offset));
      first.push({ ...slice, records: slice.records.slice(0, room), nextOffset: border });
      second.push({ ...slice, records: slice.records.slice(room), from: border });
      room = 0;
    }
  }
  return [first, second];
};

/** Splits a batch into its single records, in the order of their commits. */
export const splitApart = (slices: readonly Slice[]): readonly (readonly Slice[])[] => {
  const halves = splitSlices(slices);
  return halves === undefined ? [slices] : [...splitApart(halves[0]), ...splitApart(halves[1])];
};
