import type { Database } from '../../services/shared/database/open-database';
import type { BridgeError } from '../../services/shared/errors';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

type Account = { readonly role?: string; readonly appId?: string | null; readonly enabled?: boolean };

/** SQLSTATE of what PostgreSQL answered. */
const stateOf = (error: unknown): string | undefined => ((error as BridgeError).cause as { code?: string })?.code;

describe('business accounts on PostgreSQL', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.db.query('DELETE FROM sm_send_t'));
  afterAll(() => database.drop());

  const ROLES = {
    application: 'sms_application',
    'customer-service': 'sms_customer_service',
    administrator: 'sms_administrator',
  } as const;

  /** A login, registered as described; null: not registered at all. */
  const open = async (account: Account | null): Promise<Database & { readonly username: string }> => {
    const { role = 'application', appId = 'billing', enabled = true } = account ?? {};
    const { db, username } = await database.login(ROLES[role as keyof typeof ROLES]);
    if (account !== null) {
      await database.db.query('INSERT INTO login_user (username, app_id, role, enabled) VALUES ($1, $2, $3, $4)', [
        username,
        appId,
        role,
        enabled,
      ]);
    }
    return { ...db, username };
  };
  const refusalOf = async (db: Database, sql: string, values: unknown[] = []): Promise<BridgeError> => {
    const error = await db.query(sql, values).then(
      () => {
        throw new Error(`went through: ${sql}`);
      },
      (problem: unknown) => problem,
    );
    return error as BridgeError;
  };
  const MINIMAL = `INSERT INTO sm_send_t (dest_addr, content) VALUES ('13800138000', '停电通知')`;

  describe('sending', () => {
    let billing: Database;
    beforeAll(async () => {
      billing = await open({});
    });

    it('a number and a text are enough; the database says whose message it is, and since when', async () => {
      await billing.query(MINIMAL);
      const { rows } = await database.db.query('SELECT *, now() - created_at AS age FROM sm_send_t');
      expect(rows).toMatchObject([
        {
          app_id: 'billing',
          dest_addr: '13800138000',
          content: '停电通知',
          status: 'NEW',
          source: 'table',
          priority: 1,
          need_report: true,
          handed_at: null,
          final_at: null,
        },
      ]);
      expect(rows[0]!.age).toMatchObject({ milliseconds: expect.any(Number) });
      expect(Object.keys(rows[0]!.age as object)).not.toContain('seconds');
    });

    it('ids that the database makes are UUIDs of version 7, in the order of time', async () => {
      for (let round = 0; round < 3; round += 1) {
        await billing.query(`INSERT INTO sm_send_t (dest_addr, content) SELECT '1', 'x' FROM generate_series(1, 50)`);
      }
      const { rows } = await database.db.query<{ message_id: string }>(
        'SELECT message_id FROM sm_send_t ORDER BY created_at, message_id',
      );
      const ids = rows.map((row) => row.message_id);
      expect(new Set(ids).size).toBe(150);
      for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(ids.map((id) => Number.parseInt(id.replace('-', '').slice(0, 12), 16))).toEqual(
        rows.map(() => expect.closeTo(Date.now(), -5)),
      );
      expect([...ids].sort().map((id) => id.slice(0, 13))).toEqual(ids.map((id) => id.slice(0, 13)));
    });

    it('everything that is a sender’s to say is kept, NULL where the default is meant', async () => {
      await billing.query(
        `INSERT INTO sm_send_t (message_id, ext_code, dest_addr, content, priority, need_report, context, scheduled_at, expires_at)
         VALUES ('invoice:2026-11.1', '07', '1', 'x', 3, false, 'mine', '2030-01-01Z', '2030-01-02Z'), ('', NULL, '1', 'x', NULL, NULL, NULL, NULL, NULL)`,
      );
      const { rows } = await database.db.query(
        'SELECT message_id, ext_code, priority, need_report, context, scheduled_at, expires_at FROM sm_send_t ORDER BY priority DESC',
      );
      expect(rows).toMatchObject([
        { message_id: 'invoice:2026-11.1', ext_code: '07', priority: 3, need_report: false, context: 'mine' },
        { message_id: expect.stringMatching(/^[0-9a-f-]{36}$/), ext_code: null, priority: 1, need_report: true },
      ]);
      expect(rows[0]).toMatchObject({ scheduled_at: new Date('2030-01-01Z'), expires_at: new Date('2030-01-02Z') });
    });

    it.each(['with space', 'a/b', 'é', "x'y", 'line\nbreak', 'x\n'])(
      'a MESSAGE_ID like %j is refused with what it may be',
      async (id) => {
        const error = await refusalOf(
          billing,
          `INSERT INTO sm_send_t (message_id, dest_addr, content) VALUES ($1, '1', 'x')`,
          [id],
        );
        expect(stateOf(error)).toBe('SM004');
        expect(error.message).toMatch(/MESSAGE_ID must be 1 to 64 characters/);
      },
    );

    it.each<[string, Account | null, string, RegExp]>([
      ['not registered', null, 'SM001', /^the database account ".+" is not registered in LOGIN_USER/],
      ['disabled', { enabled: false }, 'SM002', /^the account ".+" is disabled in LOGIN_USER/],
      ['without an application', { role: 'customer-service', appId: null }, 'SM003', /has no application code/],
    ])('an account that is %s cannot send, and is told why', async (_title, account, state, text) => {
      const error = await refusalOf(await open(account), MINIMAL);
      expect(stateOf(error)).toBe(state);
      expect(error.message).toMatch(text);
      expect((await database.db.query('SELECT * FROM sm_send_t')).rows).toEqual([]);
    });

    it('customer service with an application of its own can answer', async () => {
      await (await open({ role: 'customer-service', appId: 'service' })).query(MINIMAL);
      expect((await database.db.query('SELECT app_id FROM sm_send_t')).rows).toEqual([{ app_id: 'service' }]);
    });

    it.each([
      ['app_id', `'portal'`],
      ['status', `'HANDED'`],
      ['source', `'kafka'`],
      ['created_at', 'now()'],
      ['handed_at', 'now()'],
      ['final_at', 'now()'],
      ['submitted_at', 'now()'],
      ['reason', `'x'`],
      ['gateway_msg_id', `'x'`],
      ['gateway_code', `'x'`],
      ['part_count', '1'],
      ['parts_done', '1'],
    ])('%s is not a sender’s to say', async (column, value) => {
      const sql = `INSERT INTO sm_send_t (dest_addr, content, ${column}) VALUES ('1', 'x', ${value})`;
      expect(await refusalOf(billing, sql)).toMatchObject({ code: 'DB_DENIED' });
    });

    it('somebody with more rights on the table cannot speak for another application either', async () => {
      const { db, username } = await database.login('sms_application');
      await database.db.query(`INSERT INTO login_user (username, app_id, role) VALUES ($1, 'billing', 'application')`, [
        username,
      ]);
      await database.db.knex.raw('GRANT INSERT ON sm_send_t TO ??', [username]);
      await db.query(
        `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, created_at, handed_at, part_count)
         VALUES ('m', 'portal', '1', 'x', 'HANDED', '2000-01-01Z', now(), 9)`,
      );
      const { rows } = await database.db.query(
        "SELECT app_id, status, source, handed_at, part_count, created_at > now() - interval '1 hour' AS new FROM sm_send_t",
      );
      expect(rows).toEqual([
        { app_id: 'billing', status: 'NEW', source: 'table', handed_at: null, part_count: 1, new: true },
      ]);
    });

    it('tables of the same name on the caller’s side are not taken for the platform’s', async () => {
      const { db, username } = await database.login('sms_application');
      const [{ name }] = (await database.db.query<{ name: string }>('SELECT current_database() AS name')).rows as [
        { name: string },
      ];
      await database.db.knex.raw('GRANT TEMPORARY ON DATABASE ?? TO ??', [name, username]);
      const session = await db.knex.client.acquireConnection();
      try {
        await session.query(
          'CREATE TEMPORARY TABLE login_user (username text, app_id text, ext_code text, role text, enabled boolean)',
        );
        await session.query(
          `INSERT INTO pg_temp.login_user VALUES (session_user, 'portal', NULL, 'application', true)`,
        );
        await session.query('SET search_path = pg_temp, public');
        await expect(session.query(MINIMAL.replace('sm_send_t', 'public.sm_send_t'))).rejects.toMatchObject({
          code: 'SM001',
        });
      } finally {
        await db.knex.client.releaseConnection(session);
      }
    });
  });

  it('an id that another application used is refused without a word about its message', async () => {
    await (await open({ appId: 'portal' })).query(
      `INSERT INTO sm_send_t (message_id, dest_addr, content) VALUES ('taken', '13912345678', 'secret')`,
    );
    const billing = await open({});
    const error = await refusalOf(
      billing,
      `INSERT INTO sm_send_t (message_id, dest_addr, content) VALUES ('taken', '1', 'x')`,
    );
    expect(error.code).toBe('DB_UNIQUE');
    const said = JSON.stringify({ ...(error.cause as object), message: error.message });
    for (const word of ['portal', 'secret', '13912345678', 'Failing row']) expect(said).not.toContain(word);
  });

  it('a row that breaks a rule is not shown to anybody, with its defaults, by the error', async () => {
    const error = await refusalOf(await open({}), `INSERT INTO sm_send_t (dest_addr) VALUES ('1')`);
    expect(error.code).toBe('DB_DATA');
    expect((error.cause as { detail?: string }).detail ?? '').not.toMatch(/NEW|table/);
  });
});
