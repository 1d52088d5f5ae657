import { isSecretOf, parseApiKey } from '../../services/shared/accounts/api-key';
import { rotateKey, setEnabled } from '../../services/shared/accounts/change-account';
import type { NewAccount } from '../../services/shared/accounts/check-account';
import { createDatabaseLogin, dropDatabaseLogin } from '../../services/shared/accounts/database-login';
import { listAccounts } from '../../services/shared/accounts/list-accounts';
import { loadAccounts } from '../../services/shared/accounts/load-accounts';
import { registerAccount } from '../../services/shared/accounts/register-account';
import { openDatabase } from '../../services/shared/database/open-database';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

const BILLING: NewAccount = { username: 'billing', appId: 'billing', extCode: '01', role: 'application' };

describe('accounts on PostgreSQL', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  const keyOf = async (account: NewAccount): Promise<string> => {
    const registered = await registerAccount(database.db, account);
    if (!registered.ok || registered.value.key === null) throw new Error('no key');
    return registered.value.key;
  };
  const opens = async (key: string): Promise<boolean> => {
    const { username, secret } = parseApiKey(key)!;
    const account = (await loadAccounts(database.db, true)).find((known) => known.username === username);
    return isSecretOf(secret, account?.apiKeyHash);
  };

  it('a registered account has a key that opens, of which only the hash is stored', async () => {
    const before = Date.now();
    const key = await keyOf(BILLING);
    expect(await opens(key)).toBe(true);
    const { rows } = await database.db.query('SELECT * FROM login_user');
    expect(JSON.stringify(rows)).not.toContain(key.split('.')[1]);
    const [listed] = await listAccounts(database.db.query);
    expect(listed).toEqual({
      ...BILLING,
      enabled: true,
      hasKey: true,
      createdAt: expect.any(Number),
      keyRotatedAt: listed?.createdAt,
    });
    expect(Math.abs(listed!.createdAt - before)).toBeLessThan(10_000);
  });

  it('customer service without an application has no key, and gets none', async () => {
    const account: NewAccount = { username: 'service', appId: null, extCode: null, role: 'customer-service' };
    expect(await registerAccount(database.db, account)).toEqual({ ok: true, value: { key: null } });
    expect(await rotateKey(database.db.query, 'service')).toMatchObject({
      ok: false,
      problem: { code: 'NO_APPLICATION' },
    });
    expect(await listAccounts(database.db.query)).toMatchObject([{ ...account, hasKey: false }]);
  });

  it('a rotated key opens, and the old one no longer', async () => {
    const old = await keyOf(BILLING);
    const rotated = await rotateKey(database.db.query, 'billing');
    expect(rotated.ok && (await opens(rotated.value.key))).toBe(true);
    expect(await opens(old)).toBe(false);
  });

  it('an account is stopped and let go on', async () => {
    await keyOf(BILLING);
    for (const enabled of [false, true]) {
      expect(await setEnabled(database.db.query, 'billing', enabled)).toMatchObject({ ok: true });
      expect(await listAccounts(database.db.query)).toMatchObject([{ enabled }]);
    }
  });

  it.each<[Partial<NewAccount>, string, string]>([
    [{ username: 'with space' }, 'USERNAME_INVALID', 'username'],
    [{ username: '' }, 'USERNAME_INVALID', 'username'],
    [{ username: 'x'.repeat(64) }, 'USERNAME_INVALID', 'username'],
    [{ appId: null, extCode: null }, 'APP_ID_INVALID', 'appId'],
    [{ appId: "it's" }, 'APP_ID_INVALID', 'appId'],
    [{ extCode: '1a' }, 'EXT_CODE_INVALID', 'extCode'],
    [{ extCode: '1'.repeat(21) }, 'EXT_CODE_INVALID', 'extCode'],
    [{ appId: null, role: 'administrator' }, 'EXT_CODE_INVALID', 'extCode'],
    [{ role: 'root' as never }, 'ROLE_INVALID', 'role'],
    [{ username: 'billing' }, 'ACCOUNT_EXISTS', 'username'],
    [{ appId: 'portal' }, 'EXT_CODE_TAKEN', 'extCode'],
  ])('%j is not registered: %s', async (change, code, field) => {
    await keyOf(BILLING);
    const outcome = await registerAccount(database.db, { ...BILLING, username: 'another', ...change });
    expect(outcome).toMatchObject({ ok: false, problem: { code, field, message: expect.stringMatching(/\w/) } });
    expect(await listAccounts(database.db.query)).toHaveLength(1);
  });

  it('a second account of an application shares its extension; of two applications that want one at once, one gets it', async () => {
    await keyOf(BILLING);
    await keyOf({ ...BILLING, username: 'billing-batch' });
    const wanted = ['a', 'b', 'c', 'd'].map((name) =>
      registerAccount(database.db, { username: name, appId: name, extCode: '99', role: 'application' }),
    );
    const outcomes = await Promise.all(wanted);
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
  });

  it('an account that is not there is not changed', async () => {
    const problem = { ok: false, problem: { code: 'ACCOUNT_UNKNOWN', field: 'username' } };
    expect(await rotateKey(database.db.query, 'nobody')).toMatchObject(problem);
    expect(await setEnabled(database.db.query, 'nobody', false)).toMatchObject(problem);
  });

  it('a login is made whatever its name and password hold, with the rights of its group', async () => {
    const username = `o'brien "${database.url.slice(-8)}"; --`;
    const password = `it's \\ "$1" %L ; DROP TABLE login_user --`;
    await createDatabaseLogin(database.db, { username, password, role: 'sms_application' });
    try {
      await expect(
        createDatabaseLogin(database.db, { username, password, role: 'sms_application' }),
      ).rejects.toMatchObject({
        code: 'LOGIN_EXISTS',
      });
      const url = new URL(database.url);
      url.username = encodeURIComponent(username);
      url.password = '';
      const db = openDatabase({
        url: url.href,
        password,
        applicationName: 'test',
        poolMax: 3,
        statementTimeoutMs: 5000,
      });
      try {
        expect((await db.query('SELECT session_user::text AS who')).rows).toEqual([{ who: username }]);
        await expect(db.query('SELECT * FROM login_user')).rejects.toMatchObject({ code: 'DB_DENIED' });
        expect((await db.query('SELECT * FROM v_send_t_log')).rows).toEqual([]);
      } finally {
        await db.close();
      }
      const { rows } = await database.db.query(
        'SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication FROM pg_roles WHERE rolname = $1',
        [username],
      );
      expect(new Set(Object.values(rows[0]!))).toEqual(new Set([false]));
    } finally {
      await dropDatabaseLogin(database.db, username);
    }
  });
});
