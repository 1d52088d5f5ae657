import { type FailedAlone, isolatePoison } from '../timing/bisect';
import type { Waits } from '../timing/pause';
import { countAlike } from './judge-fault';
import type { Judge } from './judge-with-probe';

export type SetAsidePorts<T> = Pick<Waits, 'signal'> &
  Judge & {
    /** True for an error that a value of one item may have caused. */
    readonly isPoison: (error: unknown) => boolean;
    /** Does the work of these items, all or nothing. */
    readonly attempt: (items: readonly T[]) => Promise<unknown>;
    /** Keeps one item out of the way, with its reason, instead of doing its work. */
    readonly setAside: (item: T, error: unknown) => Promise<unknown>;
    readonly now: () => number;
    /** How long a failed item without neighbours is retried before it is judged alone, in ms. */
    readonly longAloneMs: number;
  };

/**
 * Creates the handling of items that failed together: it does those that succeed, and sets aside
 * each one that caused its own failure.
 * @throws the error when its cause concerns all items, such as a table; then none is set aside
 */
export const createSetAside = <T>(ports: SetAsidePorts<T>) => {
  const { isPoison, attempt, setAside, judge, blame, now, longAloneMs, signal } = ports;
  /** when an item first failed alone */
  let aloneSince = new Map<T, number>();

  const judgeAlone = (alone: readonly FailedAlone<T>[], one: FailedAlone<T>, through: number) =>
    judge(one.error, {
      alike: countAlike(alone, one),
      othersWentThrough: through > 0,
      longAlone: now() - (aloneSince.get(one.item) ?? now()) >= longAloneMs,
    });

  return async (items: readonly T[], error: unknown): Promise<void> => {
    if ((await blame(error)) === 'all') throw error;
    const alone = await isolatePoison(items, error, { attempt, isPoison, signal });
    const before = aloneSince;
    aloneSince = new Map(alone.map(({ item }) => [item, before.get(item) ?? now()]));
    for (const one of alone) {
      if ((await judgeAlone(alone, one, items.length - alone.length)) !== 'value') throw one.error;
      await setAside(one.item, one.error);
      aloneSince.delete(one.item);
    }
  };
};
