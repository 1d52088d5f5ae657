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

  it('says how to try the key and how to send, in lines that fit a terminal', async () => {
    const { stdout } = await app('add', 'office', '--json');
    expect(stdout.split('\n')).toHaveLength(2);
    const shown = (await app('add', 'office-2', '--app', 'office')).stdout;
    expect(shown).toMatch(
      /^ {2}curl -H 'Authorization: Bearer office-2\.\S+' \\\n {4}http:\/\/localhost:8080\/v1\/received$/im,
    );
    expect(shown).toContain('docs/integrate.md');
    expect(Math.max(...(await app('list')).stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(120);
  });

  it('sets the limits of an application, in all of its accounts and those to come, and gives the defaults back', async () => {
    await app('add', 'bank');
    const set = await app('set', 'bank', '--rate-messages', '500', '--rate-bytes', '2000000', '--max-pending', '900');
    expect(set.stdout).toBe('bank: 500 messages/s, 2000000 bytes/s, 900 pending\n');
    await app('add', 'bank-night', '--app', 'bank');
    const limits = { rateMessages: 500, rateBytes: 2_000_000, maxPending: 900 };
    expect((await app('show', 'bank', '--json')).json()).toMatchObject([limits, { ...limits, appId: 'bank' }]);
    expect((await app('list')).stdout).toContain('500 messages/s, 2000000 bytes/s, 900 pending');
    expect((await app('set', 'bank', '--rate-bytes', 'default')).stdout).toBe('bank: 500 messages/s, 900 pending\n');
    await app('set', 'bank', '--rate-messages', 'default', '--max-pending', 'default');
    expect((await app('show', 'bank')).stdout).toMatch(/bank: application, enabled; the defaults of the producer\n/i);
    expect((await app('set', 'bank')).code).toBe(2);
    expect((await app('set', 'bank', '--max-pending', '0')).code).toBe(2);
    expect((await app('set', 'unknown', '--max-pending', '9')).stderr).toContain(
      'no account of an application unknown',
    );
    const sessions = await app('set', 'bank', '--connections', '5');
    expect([sessions.code, sessions.stdout + sessions.stderr]).toEqual(
      engine === 'pg'
        ? [0, expect.stringContaining('no account of it has a database login')]
        : [2, expect.stringContaining('CREATE PROFILE SMS_BUSINESS LIMIT SESSIONS_PER_USER 10')],
    );
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
    if (engine === 'oracledb') {
      const shown = (await app('add', 'meter_2', '--app', 'metering', '--login')).stdout;
      expect(shown).toContain('ALTER USER METER_2 PROFILE SMS_BUSINESS;');
      await dropDatabaseLogin(database.db, 'meter_2');
    }
    const url = new URL(database.url);
    url.username = String(added?.username);
    url.password = String(added?.password);
    const db = open(url.href);
    await runOn(db)('INSERT INTO sm_send_t (dest_addr, content) VALUES ($1, $2)', ['13800138000', 'x']);
    await db.close();
    expect(await database.run('SELECT app_id FROM sm_send_t')).toEqual([{ app_id: 'metering' }]);
    if (engine === 'pg') {
      const limit = () => database.run('SELECT rolconnlimit FROM pg_roles WHERE rolname = $1', [name]);
      expect(await limit()).toEqual([{ rolconnlimit: 10 }]);
      await app('set', 'metering', '--connections', '3');
      expect(await limit()).toEqual([{ rolconnlimit: 3 }]);
    }
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
