import { shareConnections } from '../../../services/producer/core/share-connections';
import { createCancelPatience } from '../../../services/producer/wiring/cancel-patience';
import { BridgeError } from '../../../shared/errors';

describe('cancels that may wait for another session', () => {
  const never = new Promise<never>(() => undefined);

  it('take turns within their application, and not with the others', async () => {
    const patience = createCancelPatience(1);
    const order: string[] = [];
    const run = (appId: string, name: string) =>
      patience(appId, async () => {
        order.push(name);
        if (name === 'hangs') await never;
      });
    void run('a', 'hangs');
    void run('a', 'waits');
    await run('b', 'passes');
    expect(order).toEqual(['hangs', 'passes']);
  });

  it('are not begun after two seconds of waiting', async () => {
    let now = 0;
    const patience = createCancelPatience(1, () => now);
    let end = (): void => undefined;
    const first = patience('a', () => new Promise<void>((resolve) => (end = resolve)));
    const work = jest.fn();
    const second = patience('a', work);
    const third = patience('a', work);
    await new Promise(setImmediate);
    now = 2_001;
    end();
    await first;
    await expect(second).rejects.toMatchObject({ code: 'MESSAGE_BUSY', retryable: true });
    await expect(third).rejects.toMatchObject({ code: 'MESSAGE_BUSY' });
    expect(work).not.toHaveBeenCalled();
    await patience('a', work);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['DB_LOCKED', 'MESSAGE_BUSY'],
    ['DB_TIMEOUT', 'MESSAGE_BUSY'],
    ['DB_UNAVAILABLE', 'DB_UNAVAILABLE'],
  ] as const)('end %s as %s', async (thrown, code) => {
    const failing = createCancelPatience(1)('a', () => Promise.reject(new BridgeError(thrown, 'x')));
    await expect(failing).rejects.toMatchObject({ code });
  });
});

it.each([
  [3, { background: 1, lookUps: 1, changes: 1 }],
  [6, { background: 2, lookUps: 2, changes: 2 }],
  [10, { background: 4, lookUps: 3, changes: 3 }],
])('%i connections are shared by purpose', (poolMax, shares) => {
  expect(shareConnections(poolMax)).toEqual(shares);
});
