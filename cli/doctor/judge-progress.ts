import { broken, type Finding, well } from './finding';

/** Where a group stands in a partition, and the log at that moment. */
export type PartitionLook = {
  readonly partition: number;
  readonly low: number;
  /** last stable offset: nothing is readable from there on */
  readonly stableEnd: number;
  readonly end: number;
  /** offset of the first record that is not handled; undefined: none was handled yet */
  readonly next: number | undefined;
  readonly fromDatabase: boolean;
};

const nextOf = ({ next, low }: PartitionLook): number => next ?? low;

/**
 * Returns the partitions in which readable records waited at the first look, and none of them was
 * handled until the second; each with the offset where it stands. Pure.
 */
export const stuckPartitions = (
  first: readonly PartitionLook[],
  second: readonly PartitionLook[],
): ReadonlyMap<number, number> => {
  const later = new Map(second.map((look) => [look.partition, look]));
  return new Map(
    first
      .filter((look) => nextOf(look) < look.stableEnd)
      .flatMap((look) => {
        const now = later.get(look.partition);
        return now !== undefined && nextOf(now) === nextOf(look) ? [[look.partition, nextOf(look)] as const] : [];
      }),
  );
};

/**
 * Judges two looks. Pure.
 * @param stuck the result of `stuckPartitions`
 * @param oldestMs age of the oldest record that waits there; undefined: no record waits
 */
export const judgeProgress = (
  check: string,
  service: string,
  stuck: ReadonlyMap<number, number>,
  oldestMs: number | undefined,
): Finding => {
  if (stuck.size === 0 || oldestMs === undefined) return well(check, 'nothing waits unhandled');
  const places = [...stuck].sort(([a], [b]) => a - b).map(([partition, next]) => `${partition} at ${next}`);
  return broken(
    check,
    `nothing was handled between two looks: partition ${places.join(', ')}; the oldest record waits for ${Math.round(oldestMs / 1000)} s`,
    `${service} is a member and does not work: /health/ready of each of its processes, and its log, say why. One that does not answer is frozen: docs/runbooks/process-frozen.md.`,
  );
};
