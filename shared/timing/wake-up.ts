/** For waits that somebody else ends: `next` resolves at the following `fire`. */
export const createWakeUp = () => {
  let wake: () => void = () => undefined;
  let promise = new Promise<void>((resolve) => {
    wake = resolve;
  });
  return {
    next: (): Promise<void> => promise,
    fire: (): void => {
      wake();
      promise = new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
  };
};
