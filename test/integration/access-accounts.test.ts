import { rotateKey, setEnabled } from '../../cli/accounts/change-account';
import type { NewAccount } from '../../cli/accounts/check-account';
import { createDatabaseLogin, dropDatabaseLogin } from '../../cli/accounts/database-login';
import { listAccounts } from '../../cli/accounts/list-accounts';
import type { NewLogin } from '../../cli/accounts/login';
import { registerAccount } from '../../cli/accounts/register-account';
import { toAccountName } from '../../shared/accounts/account-name';
import { isSecretOf, parseApiKey } from '../../shared/accounts/api-key';
import { loadAccounts } from '../../shared/accounts/load-accounts';
import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine, onStandIn } from '../support/test-engines';

const BILLING: NewAccount = { username: 'billing', appId: 'billing', extCode: '01', role: 'application' };

onEachEngine('accounts', (engine) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
  });
  afterAll(() => database.drop());
  afterEach(() => database.empty());

  const stored = (username: string): string => toAccountName(engine, username);

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

  it('are registered with a key that works, of which only the hash is stored', async () => {
    const before = Date.now();
    const key = await keyOf(BILLING);
    expect(await opens(key)).toBe(true);
    const rows = await database.run('SELECT * FROM login_user');
    expect(JSON.stringify(rows)).not.toContain(key.split('.')[1]);
    const [listed] = await listAccounts(database.db);
    expect(listed).toEqual({
      ...BILLING,
      username: stored('billing'),
      enabled: true,
      hasKey: true,
      createdAt: expect.any(Number),
      keyRotatedAt: listed?.createdAt,
      rateMessages: null,
      rateBytes: null,
      maxPending: null,
    });
    expect(Math.abs(listed!.createdAt - before)).toBeLessThan(10_000);
  });

  it('of customer service without an application have no key, and get none later', async () => {
    const account: NewAccount = { username: 'service', appId: null, extCode: null, role: 'customer-service' };
    expect(await registerAccount(database.db, account)).toEqual({
      ok: true,
      value: { key: null, username: stored('service') },
    });
    expect(await rotateKey(database.db, 'service')).toMatchObject({
      ok: false,
      problem: { code: 'NO_APPLICATION' },
    });
    expect(await listAccounts(database.db)).toMatchObject([{ ...account, username: stored('service'), hasKey: false }]);
  });

  it('accept a rotated key, and refuse the old one', async () => {
    const old = await keyOf(BILLING);
    const rotated = await rotateKey(database.db, 'billing');
    expect(rotated.ok && (await opens(rotated.value.key))).toBe(true);
    expect(await opens(old)).toBe(false);
  });

  it('are stopped, and enabled again', async () => {
    await keyOf(BILLING);
    for (const enabled of [false, true]) {
      expect(await setEnabled(database.db, 'billing', enabled)).toMatchObject({ ok: true });
      expect(await listAccounts(database.db)).toMatchObject([{ enabled }]);
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
  ])('are not registered with %j: %s', async (change, code, field) => {
    await keyOf(BILLING);
    const outcome = await registerAccount(database.db, { ...BILLING, username: 'another', ...change });
    expect(outcome).toMatchObject({ ok: false, problem: { code, field, message: expect.stringMatching(/\w/) } });
    expect(await listAccounts(database.db)).toHaveLength(1);
  });

  it('of one application share its extension; of two applications that register one at once, one gets it', async () => {
    await keyOf(BILLING);
    await keyOf({ ...BILLING, username: 'billing-batch' });
    const wanted = ['a', 'b', 'c', 'd'].map((name) =>
      registerAccount(database.db, { username: name, appId: name, extCode: '99', role: 'application' }),
    );
    const outcomes = await Promise.all(wanted);
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
  });

  it('that do not exist are not changed', async () => {
    const problem = { ok: false, problem: { code: 'ACCOUNT_UNKNOWN', field: 'username' } };
    expect(await rotateKey(database.db, 'unknown')).toMatchObject(problem);
    expect(await setEnabled(database.db, 'unknown', false)).toMatchObject(problem);
  });
});

describe('logins on PostgreSQL', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('are created for any name and password, with the rights of their group', async () => {
    const username = `o'brien "${database.url.slice(-8)}"; --`;
    const password = `it's \\ "$1" %L ; DROP TABLE login_user --`;
    await createDatabaseLogin(database.db, { username, password, role: 'sms_application', connections: 3 });
    try {
      await expect(
        createDatabaseLogin(database.db, { username, password, role: 'sms_application' }),
      ).rejects.toMatchObject({
        code: 'LOGIN_EXISTS',
      });
      const url = new URL(database.url);
      url.username = encodeURIComponent(username);
      url.password = '';
      const settings = { url: url.href, password, applicationName: 'test', poolMax: 3, statementTimeoutMs: 5000 };
      const db = openDatabase(settings);
      try {
        expect((await db.query('SELECT session_user::text AS who')).rows).toEqual([{ who: username }]);
        await expect(db.query('SELECT * FROM login_user')).rejects.toMatchObject({ code: 'DB_DENIED' });
        expect((await db.query('SELECT * FROM v_send_t_log')).rows).toEqual([]);
        // It takes all of its sessions; other accounts log in as before.
        await Promise.all([1, 2, 3].map(() => db.query('SELECT pg_sleep(0.2)')));
        const fourth = openDatabase({ ...settings, poolMax: 1 });
        await expect(fourth.query('SELECT 1')).rejects.toThrow(/too many connections for role/);
        await fourth.close();
        const other = openDatabase({
          url: database.url,
          applicationName: 'test',
          poolMax: 1,
          statementTimeoutMs: 5000,
        });
        expect((await other.query('SELECT 1')).rowCount).toBe(1);
        await other.close();
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

onStandIn('logins on Oracle', () => {
  let database: TestDatabase;
  let dba: Database;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, 'oracledb');
    dba = open(database.url.replace('YJSMS:', 'DBADMIN:'));
  });
  afterAll(async () => {
    await dba.close();
    await database.drop();
  });

  const open = (url: string): Database =>
    openDatabase({ url, applicationName: 'test', poolMax: 3, statementTimeoutMs: 20_000 });
  const METER: NewLogin = { username: 'meter', password: 'Secret_1', role: 'sms_application' };
  const create = (change: Partial<NewLogin> = {}) => createDatabaseLogin(database.db, { ...METER, ...change });

  it('are left to the DBA while the owner has no right to create them, and the owner is told the statements', async () => {
    const refused = create();
    await expect(refused).rejects.toMatchObject({ code: 'DB_DENIED' });
    await expect(refused).rejects.toThrow('sms-bridge oracle script accounts --account METER:SMS_APPLICATION');
  });

  it('have the rights of their group and see its names', async () => {
    await dba.oracle.execute('GRANT CREATE USER, DROP USER, CREATE ANY SYNONYM TO YJSMS');
    await dba.oracle.execute('GRANT CREATE SESSION TO YJSMS WITH ADMIN OPTION');
    await create();
    await expect(create()).rejects.toMatchObject({ code: 'LOGIN_EXISTS' });
    await registerAccount(database.db, { ...BILLING, username: 'meter' });
    const url = new URL(database.url);
    url.username = 'METER';
    url.password = METER.password;
    const db = open(url.href);
    try {
      await db.oracle.execute('INSERT INTO SM_SEND_T (DEST_ADDR, CONTENT) VALUES (:1, :2)', ['13800138000', 'x']);
      expect((await db.oracle.execute('SELECT APP_ID FROM V_SEND_T_LOG')).rows).toEqual([{ app_id: 'billing' }]);
      await expect(db.oracle.execute('SELECT USERNAME FROM LOGIN_USER')).rejects.toMatchObject({ code: 'DB_SCHEMA' });
    } finally {
      await db.close();
    }
    await dropDatabaseLogin(database.db, 'meter');
    await dropDatabaseLogin(database.db, 'meter');
  });

  it('are created completely or not at all', async () => {
    await dba.oracle.execute('REVOKE CREATE ANY SYNONYM FROM YJSMS');
    await expect(create()).rejects.toMatchObject({ code: 'DB_DENIED' });
    expect(await database.run(`SELECT username FROM all_users WHERE username = 'METER'`)).toEqual([]);
    await dba.oracle.execute('REVOKE DROP USER FROM YJSMS');
    const left = create();
    await expect(left).rejects.toMatchObject({ code: 'LOGIN_INCOMPLETE' });
    await expect(left).rejects.toThrow('DROP USER METER CASCADE');
    await dba.oracle.execute('DROP USER METER CASCADE');
  });

  it.each([
    { username: 'meter"; --' },
    { username: '1meter' },
    { username: 'x'.repeat(31) },
    { password: 'a"b' },
    { password: 'x'.repeat(31) },
  ])('are refused with %j, before anything is created', async (change) => {
    await expect(create(change)).rejects.toMatchObject({ code: 'LOGIN_INVALID' });
  });
});
