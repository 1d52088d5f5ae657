import { createSemaphore } from '../../../shared/timing/semaphore';

it('a semaphore runs works up to its limit, in order, and continues after one that failed', async () => {
  const run = createSemaphore(2);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const outcomes = await Promise.allSettled(
    [0, 1, 2, 3, 4, 5].map((index) =>
      run(async () => {
        running += 1;
        most = Math.max(most, running);
        order.push(index);
        await new Promise(setImmediate);
        running -= 1;
        if (index === 1) throw new Error('failed');
        return index;
      }),
    ),
  );
  expect(most).toBe(2);
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ]);
});
