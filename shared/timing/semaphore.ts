/** Creates a runner of at most `limit` works at once; the others wait their turn, in order. */
export const createSemaphore = (limit: number) => {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The place is passed on and never free in between.
      if (next === undefined) running -= 1;
      else next();
    }
  };
};
