import { createApiKey, isSecretOf, parseApiKey } from '../../../shared/accounts/api-key';
import { toApplications } from '../../../shared/accounts/application-directory';
import type { Account } from '../../../shared/accounts/load-accounts';

describe('API keys', () => {
  it('are recognised by the stored hash alone', () => {
    const { key, hash } = createApiKey('billing.app');
    const parsed = parseApiKey(key);
    expect(parsed?.username).toBe('billing.app');
    expect(hash).not.toContain(parsed?.secret);
    expect(isSecretOf(parsed?.secret as string, hash)).toBe(true);
    expect(isSecretOf(`${parsed?.secret}x`, hash)).toBe(false);
    expect(createApiKey('billing.app').key).not.toBe(key);
  });

  it.each([null, undefined, '', 'sha256:', 'sha256:00', 'plain', `sha256:${'0'.repeat(64)}`])(
    'never match the hash %s',
    (hash) => {
      expect(isSecretOf('x', hash)).toBe(false);
    },
  );

  it.each(['', '.', 'user', 'user.', '.secret', `u.${'x'.repeat(300)}`])('do not have the form %s', (key) => {
    expect(parseApiKey(key)).toBeUndefined();
  });
});

describe('applications of accounts', () => {
  const account = (change: Partial<Account>): Account => ({
    username: 'u',
    appId: 'billing',
    extCode: null,
    role: 'application',
    enabled: true,
    apiKeyHash: null,
    ...change,
  });

  it('are enabled while one account is, and have the first extension of their accounts', () => {
    const applications = toApplications([
      account({ enabled: false }),
      account({ extCode: '01' }),
      account({ extCode: '02', enabled: false }),
      account({ appId: null, role: 'administrator' }),
    ]);
    expect([...applications.values()]).toEqual([{ appId: 'billing', extCode: '01', enabled: true }]);
  });
});
