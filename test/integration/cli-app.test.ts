import { dropDatabaseLogin } from '../../cli/accounts/database-login';
import { toAccountName } from '../../shared/accounts/account-name';
import { isSecretOf, parseApiKey } from '../../shared/accounts/api-key';
import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { useStandingCli } from '../support/run-cli';
import { runOn } from '../support/run-on';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';

onEachEngine('sms-bridge app', (engine) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
  });
  afterAll(() => database.drop());
  const runCli = useStandingCli();
  const app = (...args: readonly string[]) =>
    runCli(['app', ...args], { env: { TZ: 'UTC', DATABASE_URL: database.url } });
  const open = (url: string): Database =>
    openDatabase({ url, applicationName: 'test', poolMax: 3, statementTimeoutMs: 20_000 });
  const stored = (username: string): string => toAccountName(engine, username);
  const hashOf = async (username: string) =>
    (
      await database.run<{ api_key_hash: string }>('SELECT api_key_hash FROM login_user WHERE username = $1', [
        stored(username),
      ])
    )[0]?.api_key_hash;
  const fits = async (username: string, key: unknown) => {
    const parsed = parseApiKey(String(key));
    return parsed?.username === stored(username) && isSecretOf(parsed.secret, await hashOf(username));
  };

  it('adds an application and prints its key once', async () => {
    const added = await app('add', 'billing', '--ext-code', '01');
    expect([added.code, added.stderr]).toEqual([0, '']);
    const key = /^ {2}(billing\.\S+)$/im.exec(added.stdout)?.[1];
    expect(await fits('billing', key)).toBe(true);
    expect((await app('list')).stdout).not.toContain(key);
    expect((await app('list', '--json')).json()).toEqual([
      expect.objectContaining({
        username: stored('billing'),
        appId: 'billing',
        extCode: '01',
        role: 'application',
        enabled: true,
        hasKey: true,
      }),
    ]);
  });

  it('rotates the key', async () => {
    const [added] = (await app('add', 'portal', '--json')).json();
    const [rotated] = (await app('rotate-key', 'portal', '--json')).json();
    expect(await fits('portal', added?.key)).toBe(false);
    expect(await fits('portal', rotated?.key)).toBe(true);
  });

  it('disables and enables', async () => {
    const enabled = async () =>
      (
        await database.run<{ enabled: boolean | number }>('SELECT enabled FROM login_user WHERE username = $1', [
          stored('outage'),
        ])
      ).map((row) => Boolean(row.enabled));
    await app('add', 'outage');
    expect((await app('disable', 'outage')).code).toBe(0);
    expect(await enabled()).toEqual([false]);
    expect((await app('enable', 'outage')).code).toBe(0);
    expect(await enabled()).toEqual([true]);
  });

  it('creates a database login whose password works, or nothing at all', async () => {
    if (engine === 'oracledb') {
      const refused = await app('add', 'meter_1', '--app', 'metering', '--login');
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('oracle script accounts')]);
      expect(await hashOf('meter_1')).toBeUndefined();
      const { username } = new URL(database.url);
      await database.dba?.oracle.execute(`GRANT CREATE USER, DROP USER, CREATE ANY SYNONYM TO ${username}`);
      await database.dba?.oracle.execute(`GRANT CREATE SESSION TO ${username} WITH ADMIN OPTION`);
    }
    const name = engine === 'pg' ? `meter_${Date.now()}` : 'meter_1';
    const [added] = (await app('add', name, '--app', 'metering', '--login', '--json')).json();
    const url = new URL(database.url);
    url.username = String(added?.username);
    url.password = String(added?.password);
    const db = open(url.href);
    await runOn(db)('INSERT INTO sm_send_t (dest_addr, content) VALUES ($1, $2)', ['13800138000', 'x']);
    await db.close();
    expect(await database.run('SELECT app_id FROM sm_send_t')).toEqual([{ app_id: 'metering' }]);
    await database.run('DELETE FROM login_user WHERE username = $1', [stored(name)]);
    const again = await app('add', name, '--login');
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('already has a login')]);
    expect(await hashOf(name)).toBeUndefined();
    if (engine === 'pg') await database.db.knex.raw('DROP OWNED BY ??', [name]);
    await dropDatabaseLogin(database.db, name);
  });

  const asked: readonly (readonly [readonly string[], string])[] = [
    [['add', 'billing'], 'ACCOUNT_EXISTS'],
    [['rotate-key', 'unknown'], 'ACCOUNT_UNKNOWN'],
  ];
  // refused before a statement, or by the same statements
  const others: typeof asked = [
    [['add', 'b c'], 'USERNAME_INVALID'],
    [['add', 'other', '--ext-code', '01'], 'EXT_CODE_TAKEN'],
    [['add', 'other', '--ext-code', 'x'], 'EXT_CODE_INVALID'],
    [['disable', 'unknown'], 'ACCOUNT_UNKNOWN'],
  ];
  it.each(engine === 'pg' ? [...asked, ...others] : asked)(
    'ends with exit code 1 for %j: %s',
    async (args, errorCode) => {
      const { code, stderr } = await app(...args, '--json');
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: errorCode } });
      expect(code).toBe(1);
    },
  );
});
