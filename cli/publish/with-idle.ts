/** Marks a pause in the input. */
export const IDLE = Symbol('idle');

/**
 * Yields the items as they arrive. When an item takes longer than `ms`, yields IDLE once before it,
 * so that the items collected so far need not wait.
 */
export async function* withIdle<T>(items: AsyncIterable<T>, ms: number): AsyncGenerator<T | typeof IDLE> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = iterator.next();
      let timer: NodeJS.Timeout | undefined;
      const idle = new Promise<typeof IDLE>((resolve) => {
        timer = setTimeout(resolve, ms, IDLE);
      });
      const first = await Promise.race([next, idle]).finally(() => clearTimeout(timer));
      if (first === IDLE) yield IDLE;
      const { done, value } = await next;
      if (done) return;
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
