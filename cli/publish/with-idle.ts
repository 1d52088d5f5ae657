/** Nothing has come for a while. */
export const IDLE = Symbol('idle');

/**
 * The items as they come; before each one that keeps us waiting, once IDLE: what was gathered so far should not wait with it.
 * @param ms how long is waiting
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
      const first = await Promise.race([next, idle]);
      clearTimeout(timer);
      if (first === IDLE) yield IDLE;
      const { done, value } = await next;
      if (done) return;
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
