import { createAuthenticate } from '../../../services/producer/http/authenticate';
import { createFindEntered } from '../../../services/producer/sql/find-entered';
import { createApiKey } from '../../../shared/accounts/api-key';
import type { Account } from '../../../shared/accounts/load-accounts';
import { BridgeError } from '../../../shared/errors';

describe('the account of a key', () => {
  const { key, hash } = createApiKey('billing');
  const billing: Account = {
    username: 'billing',
    appId: 'B',
    extCode: null,
    role: 'application',
    enabled: true,
    apiKeyHash: hash,
  };
  const away = new BridgeError('DB_UNAVAILABLE', 'no database', { retryable: true });

  it('is known at once when it was registered a moment ago', async () => {
    let known: Account | undefined;
    let reads = 0;
    const authenticate = createAuthenticate({
      account: () => known,
      refresh: async () => {
        reads += 1;
        known = billing;
      },
    });
    const caller = { username: 'billing', appId: 'B', role: 'application' };
    expect(await authenticate(`Bearer ${key}`)).toEqual(caller);
    expect(await authenticate(`bearer  ${key}`)).toEqual(caller);
    expect(reads).toBe(1);
  });

  it('is undecided for an unknown key while the database is down; known keys continue', async () => {
    const authenticate = createAuthenticate({
      account: (name) => (name === 'billing' ? billing : undefined),
      refresh: async () => {
        throw away;
      },
    });
    expect(await authenticate(`Bearer ${key}`)).toMatchObject({ appId: 'B' });
    await expect(authenticate('Bearer other.secret')).rejects.toBe(away);
  });

  it.each([
    ['customer-service', 'C', { appId: 'C', role: 'customer-service' }],
    ['customer-service', null, { problem: { status: 403 } }],
    ['administrator', 'A', { problem: { status: 403 } }],
  ] as const)('is %s of application %s', async (role, appId, outcome) => {
    const account = { ...billing, role, appId };
    const authenticate = createAuthenticate({ account: () => account, refresh: async () => undefined });
    const result = await authenticate(`Bearer ${key}`).catch((error: unknown) => error);
    expect(result).toMatchObject(outcome);
  });
});

describe('looking for used ids', () => {
  const row = (messageId: string) => ({ messageId }) as never;

  it('queries once for many callers, and gives each its own', async () => {
    const asked: (readonly string[])[] = [];
    const find = createFindEntered(async (ids) => {
      asked.push(ids);
      await new Promise(setImmediate);
      return ids.map(row);
    });
    const answers = await Promise.all([find(['a']), find(['b', 'c']), find(['c'])]);
    expect(answers).toEqual([[row('a')], [row('b'), row('c')], [row('c')]]);
    expect(asked).toEqual([['a'], ['b', 'c']]);
  });

  it('finds nothing when the database is down or slow, and does not query it again for a while', async () => {
    let calls = 0;
    let now = 0;
    const find = createFindEntered(
      async () => {
        calls += 1;
        throw new Error('away');
      },
      { restMs: 100, now: () => now },
    );
    expect([await find(['a']), await find(['a']), calls]).toEqual([[], [], 1]);
    now = 100;
    await find(['a']);
    expect(calls).toBe(2);
    const slow = createFindEntered(() => new Promise(() => undefined), { timeoutMs: 20 });
    expect([await slow(['a']), await slow(['b'])]).toEqual([[], []]);
  });
});
