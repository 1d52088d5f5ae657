import { dispatchUntilStopped } from '../../../services/exchange-relay/dispatch-loop';

it('hands over the next batch at once after a full one, otherwise after the pause, failures included', async () => {
  const batches = [10, 10, 3, new Error('away'), 0];
  const stopping = new AbortController();
  const order: (number | string)[] = [];
  await dispatchUntilStopped(
    {
      inTransaction: (work) => work(undefined),
      dispatchDue: async () => {
        const handed = batches.shift() ?? 0;
        if (batches.length === 0) stopping.abort();
        if (handed instanceof Error) throw handed;
        return { handed, expired: [] };
      },
      publish: async () => undefined,
      now: () => 0,
      crashPoint: () => undefined,
      onDispatched: ({ handed }) => order.push(handed),
      onProblem: (what) => order.push(what),
      signal: stopping.signal,
      pause: async (ms) => void order.push(`${ms} ms`),
    },
    { batchSize: 10, pollMs: 500 },
  );
  expect(order).toEqual([
    10,
    10,
    3,
    '500 ms',
    'handing over scheduled messages failed and is tried again',
    '500 ms',
    0,
    '500 ms',
  ]);
});
