/**
 * Creates a wait that another part of the process ends: `wait` resolves at the following `notify`.
 */
export const createNotifier = () => {
  let wake: () => void = () => undefined;
  let promise = new Promise<void>((resolve) => {
    wake = resolve;
  });
  return {
    wait: (): Promise<void> => promise,
    notify: (): void => {
      wake();
      promise = new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
  };
};
