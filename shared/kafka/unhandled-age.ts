import { partitionKey, type TopicPartition } from './ports';

/**
 * Progress of a partition: `handled` is the first offset not handled, `stableEnd` the last stable
 * offset, `end` the high-water mark.
 */
export type Progress = TopicPartition & {
  readonly handled: number;
  readonly stableEnd: number;
  readonly end: number;
};

export type Unhandled = Progress & { readonly ageMs: number };

type Sighting = { readonly end: number; readonly seenAt: number };

/**
 * Most sightings kept per partition. Above this, every second one is dropped, which makes ages
 * slightly less exact.
 */
const MOST_SIGHTINGS = 120;

const thinned = (sightings: readonly Sighting[]): readonly Sighting[] =>
  sightings.length <= MOST_SIGHTINGS ? sightings : sightings.filter((_, i) => i % 2 === 0);

/**
 * Creates a measure of how long the oldest unhandled record has been in the log. It knows the times
 * at which this process saw the end of the log advance.
 * @returns a function from the progress of all partitions at `now` (epoch ms) to the partitions
 * with unhandled records, oldest first
 */
export const createUnhandledAge = () => {
  let seen: ReadonlyMap<string, readonly Sighting[]> = new Map();
  return (progress: readonly Progress[], now: number): readonly Unhandled[] => {
    const next = new Map<string, readonly Sighting[]>();
    const unhandled = progress.flatMap((partition): readonly Unhandled[] => {
      const key = partitionKey(partition);
      const before = (seen.get(key) ?? []).filter(({ end }) => end > partition.handled);
      if (partition.end <= partition.handled) return [];
      const grown = (before.at(-1)?.end ?? 0) < partition.end;
      const sightings = grown ? thinned([...before, { end: partition.end, seenAt: now }]) : before;
      next.set(key, sightings);
      return [{ ...partition, ageMs: now - (sightings[0] as Sighting).seenAt }];
    });
    seen = next;
    return unhandled.sort((a, b) => b.ageMs - a.ageMs);
  };
};

/** A transaction that stays open longer was forgotten, or blocks others intentionally. */
const OPEN_TRANSACTION_MS = 10_000;
const LATE_MS = 60_000;

/** Returns the readiness problem of the oldest unhandled record, or undefined while all is well. */
export const problemOfUnhandled = (unhandled: readonly Unhandled[]): string | undefined => {
  const seconds = (ageMs: number): string => `for ${Math.floor(ageMs / 1000)} s`;
  const held = unhandled.find(({ handled, stableEnd, end, ageMs }) => {
    return handled >= stableEnd && stableEnd < end && ageMs >= OPEN_TRANSACTION_MS;
  });
  if (held !== undefined) {
    const behind = held.end - held.stableEnd;
    return `${held.topic}/${held.partition}: last stable offset ${behind} behind ${seconds(held.ageMs)}: a publisher's transaction is open, so records after its start cannot be read`;
  }
  const [oldest] = unhandled;
  if (oldest === undefined || oldest.ageMs < LATE_MS) return undefined;
  return `${oldest.topic}/${oldest.partition}: the oldest record that is not handled, at offset ${oldest.handled}, waits ${seconds(oldest.ageMs)}`;
};
