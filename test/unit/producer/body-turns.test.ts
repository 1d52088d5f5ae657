import { createBodyTurns } from '../../../services/producer/http/body-turns';

describe('the turns of bodies', () => {
  it('let a small body pass the large ones of another application, and read small ones at once', async () => {
    const awaitTurn = createBodyTurns();
    const order: string[] = [];
    const body = (appId: string, bytes: number) =>
      awaitTurn(appId, bytes).then(() => void order.push(`${appId} ${bytes}`));
    const all = [1, 2, 3, 4].map((more) => body('flood', 100_000 + more));
    for (const bytes of [10, 20]) all.push(body('small', bytes));
    await Promise.resolve();
    await Promise.resolve();
    expect(order).toEqual(['flood 100001']);
    await Promise.all(all);
    expect(order).toEqual(['flood 100001', 'flood 100002', 'small 10', 'flood 100003', 'small 20', 'flood 100004']);
    const many = Array.from({ length: 100 }, () => body('small', 100));
    const before = order.length;
    await new Promise(setImmediate);
    expect(order.length - before).toBe(100);
    await Promise.all(many);
  });

  it('share the process: others get a look between two large bodies', async () => {
    const awaitTurn = createBodyTurns();
    let looks = 0;
    const look = (): void => {
      looks += 1;
      timer = setImmediate(look);
    };
    let timer = setImmediate(look);
    await Promise.all(Array.from({ length: 5 }, () => awaitTurn('flood', 100_000)));
    clearImmediate(timer);
    expect(looks).toBeGreaterThanOrEqual(3);
  });
});
