/** An item that failed although it was attempted alone. */
export type FailedAlone<T> = { readonly item: T; readonly error: unknown };

type Attempt<T> = {
  /** Does the work of these items, all or nothing. */
  readonly attempt: (items: readonly T[]) => Promise<unknown>;
  /** Returns true for an error that one of the items may have caused. Any other error is thrown. */
  readonly isPoison: (error: unknown) => boolean;
  readonly signal?: AbortSignal;
};

/**
 * Attempts items that failed together again by halves, and halves of halves, in their order. The
 * work of all is done except those that fail alone. At most 2n - 2 attempts for n items.
 * @param error the error of the common attempt; thrown if the signal fires between two attempts
 * @returns the items that failed alone, in their order
 */
export const isolatePoison = async <T>(
  items: readonly T[],
  error: unknown,
  ports: Attempt<T>,
): Promise<readonly FailedAlone<T>[]> => {
  if (items.length <= 1) return items.map((item) => ({ item, error }));
  const middle = Math.ceil(items.length / 2);
  const alone: FailedAlone<T>[] = [];
  for (const half of [items.slice(0, middle), items.slice(middle)]) {
    if (ports.signal?.aborted) throw error;
    try {
      await ports.attempt(half);
    } catch (cause) {
      if (!ports.isPoison(cause)) throw cause;
      alone.push(...(await isolatePoison(half, cause, ports)));
    }
  }
  return alone;
};
