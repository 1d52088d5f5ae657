import { IDLE, withIdle } from '../../../cli/publish/with-idle';

it('reports once that nothing comes, and keeps the order', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let closed = false;
  async function* items() {
    try {
      yield 1;
      yield 2;
      await held;
      yield 3;
    } finally {
      closed = true;
    }
  }
  const seen: (number | typeof IDLE)[] = [];
  for await (const item of withIdle(items(), 20)) {
    seen.push(item);
    if (item === IDLE) release();
  }
  expect(seen).toEqual([1, 2, IDLE, 3]);
  expect(closed).toBe(true);
});

it('passes a failure on', async () => {
  async function* items() {
    yield 1;
    throw new Error('broken');
  }
  await expect(async () => {
    for await (const _item of withIdle(items(), 1000));
  }).rejects.toThrow('broken');
});
