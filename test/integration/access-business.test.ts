import { forEngine, type PerEngine } from '../../shared/database/database';
import type { BridgeError } from '../../shared/errors';
import { readDocument } from '../support/documents';
import { insertRows } from '../support/insert-rows';
import { createTestDatabase, type TestDatabase, type TestLogin } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';

type Account = { readonly role?: string; readonly appId?: string | null; readonly enabled?: boolean };

const stateOf = (error: unknown): string | undefined => ((error as BridgeError).cause as { code?: string })?.code;

/** The four refusals of the trigger, which differ in the number alone. */
const REFUSED: PerEngine<string> = { pg: 'SM00', oracledb: 'ORA-2000' };

const FIFTY: PerEngine<string> = {
  pg: `SELECT '1', 'x' FROM generate_series(1, 50)`,
  oracledb: `SELECT '1', 'x' FROM DUAL CONNECT BY LEVEL <= 50`,
};

/**
 * Sends with a LOGIN_USER table of the caller's own schema, in which the caller sends for the
 * portal.
 */
const SEND_BY_OWN_ACCOUNTS: PerEngine<(database: TestDatabase, sender: TestLogin, sql: string) => Promise<unknown>> = {
  pg: async (database, { db, username }, sql) => {
    await database.db.knex.raw('GRANT TEMPORARY ON DATABASE ?? TO ??', [
      new URL(database.url).pathname.slice(1),
      username,
    ]);
    const session = await db.knex.client.acquireConnection();
    try {
      await session.query(
        'CREATE TEMPORARY TABLE login_user (username text, app_id text, ext_code text, role text, enabled boolean)',
      );
      await session.query(`INSERT INTO pg_temp.login_user VALUES (session_user, 'portal', NULL, 'application', true)`);
      await session.query('SET search_path = pg_temp, public');
      return await session.query(sql.replace('sm_send_t', 'public.sm_send_t'));
    } finally {
      await db.knex.client.releaseConnection(session);
    }
  },
  oracledb: async ({ dba }, { run, username }, sql) => {
    await dba?.oracle.execute(`GRANT CREATE VIEW TO ${username}`);
    await run(`CREATE VIEW LOGIN_USER (USERNAME, APP_ID, EXT_CODE, ROLE, ENABLED) AS
      SELECT SYS_CONTEXT('USERENV', 'SESSION_USER'), 'portal', NULL, 'application', 1 FROM DUAL`);
    return run(sql);
  },
};

type Sent = { readonly message_id: string; readonly status: string };

/** Sends one message through the view, and returns what RETURNING gives. */
const SEND_AND_RETURN: PerEngine<(login: TestLogin) => Promise<Sent>> = {
  pg: async ({ db }) =>
    (
      await db.query<Sent>(
        `INSERT INTO v_send_t (dest_addr, content) VALUES ('13800138000', 'x') RETURNING message_id, status`,
      )
    ).rows[0]!,
  oracledb: async ({ db }) => {
    const { out } = await db.oracle.execute(
      `INSERT INTO V_SEND_T (DEST_ADDR, CONTENT) VALUES ('13800138000', 'x') RETURNING MESSAGE_ID, STATUS INTO :id, :status`,
      { id: { out: { type: 'text', maxBytes: 64 } }, status: { out: { type: 'text', maxBytes: 16 } } },
    );
    const [message_id, status] = [out.id, out.status].map((values) => (values as readonly string[])[0]!);
    return { message_id: message_id!, status: status! };
  },
};

const YES: PerEngine<unknown> = { pg: true, oracledb: 1 };
const NO: PerEngine<unknown> = { pg: false, oracledb: 0 };

onEachEngine('business accounts', (engine) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
  });
  afterEach(() => database.run('DELETE FROM sm_send_t'));
  afterAll(() => database.drop());

  const ROLES = {
    application: 'sms_application',
    'customer-service': 'sms_customer_service',
    administrator: 'sms_administrator',
  } as const;

  /** Creates a login, registered as described; with null it is not registered. */
  const open = async (account: Account | null): Promise<TestLogin> => {
    const { role = 'application', appId = 'billing', enabled = true } = account ?? {};
    const login = await database.login(ROLES[role as keyof typeof ROLES]);
    if (account !== null)
      await insertRows(database.db, 'login_user', [{ username: login.username, app_id: appId, role, enabled }]);
    return login;
  };
  const refusalOf = async ({ run }: TestLogin, sql: string, values: unknown[] = []): Promise<BridgeError> => {
    const error = await run(sql, values).then(
      () => {
        throw new Error(`was accepted: ${sql}`);
      },
      (problem: unknown) => problem,
    );
    return error as BridgeError;
  };
  const MINIMAL = `INSERT INTO sm_send_t (dest_addr, content) VALUES ('13800138000', '停电通知')`;

  it('are told the id of a message that they send through the view, which shows only their own', async () => {
    const [billing, portal] = [await open({}), await open({ appId: 'portal' })];
    const sent = await forEngine(engine, SEND_AND_RETURN)(billing);
    expect(sent).toEqual({ message_id: expect.stringMatching(/^[0-9a-f-]{36}$/), status: 'NEW' });
    const rows = await database.run('SELECT message_id, app_id, source, priority FROM sm_send_t');
    expect(rows).toEqual([{ message_id: sent.message_id, app_id: 'billing', source: 'table', priority: 1 }]);
    expect(await billing.run('SELECT message_id FROM v_send_t')).toEqual([{ message_id: sent.message_id }]);
    expect(await portal.run('SELECT message_id FROM v_send_t')).toEqual([]);
    const service = await open({ role: 'customer-service', appId: 'service' });
    expect((await forEngine(engine, SEND_AND_RETURN)(service)).status).toBe('NEW');
    for (const sql of [
      `INSERT INTO v_send_t (dest_addr, content, status) VALUES ('1', 'x', 'HANDED')`,
      `INSERT INTO v_send_t (dest_addr, content, app_id) VALUES ('1', 'x', 'portal')`,
      `UPDATE v_send_t SET dest_addr = '2'`,
      'DELETE FROM v_send_t',
    ])
      expect([sql, (await refusalOf(billing, sql)).code]).toEqual([sql, 'DB_DENIED']);
  });

  describe('sending', () => {
    let billing: TestLogin;
    beforeAll(async () => {
      billing = await open({});
    });

    it('takes a number and a text; the database enters the application and the time', async () => {
      await billing.run(MINIMAL);
      const rows = await database.run<{ created_at: Date }>('SELECT * FROM sm_send_t');
      expect(rows).toMatchObject([
        {
          app_id: 'billing',
          dest_addr: '13800138000',
          content: '停电通知',
          status: 'NEW',
          source: 'table',
          priority: 1,
          need_report: forEngine(engine, YES),
          handed_at: null,
          final_at: null,
        },
      ]);
      expect(Math.abs(Date.now() - rows[0]!.created_at.getTime())).toBeLessThan(60_000);
    });

    it('gets ids from the database that are UUIDs of version 7, in the order of time', async () => {
      for (let round = 0; round < 3; round += 1) {
        await billing.run(`INSERT INTO sm_send_t (dest_addr, content) ${forEngine(engine, FIFTY)}`);
      }
      const rows = await database.run<{ message_id: string }>(
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

    it('keeps every value that a sender may set, and NULL where the default applies', async () => {
      const all = { message_id: 'invoice:2026-11.1', ext_code: '07', priority: 3, need_report: false, context: 'mine' };
      const times = { scheduled_at: new Date('2030-01-01Z'), expires_at: new Date('2030-01-02Z') };
      await insertRows(billing.db, 'sm_send_t', [
        { ...all, ...times, dest_addr: '1', content: 'x' },
        { message_id: '', dest_addr: '1', content: 'x' },
      ]);
      const rows = await database.run(
        'SELECT message_id, ext_code, priority, need_report, context, scheduled_at, expires_at FROM sm_send_t ORDER BY priority DESC',
      );
      expect(rows).toMatchObject([
        { ...all, ...times, need_report: forEngine(engine, NO) },
        {
          message_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          ext_code: null,
          priority: 1,
          need_report: forEngine(engine, YES),
        },
      ]);
    });

    it.each(['with space', 'a/b', 'é', "x'y", 'line\nbreak', 'x\n'])(
      'refuses a MESSAGE_ID like %j and names the allowed form',
      async (id) => {
        const error = await refusalOf(
          billing,
          `INSERT INTO sm_send_t (message_id, dest_addr, content) VALUES ($1, '1', 'x')`,
          [id],
        );
        expect(stateOf(error)).toBe(`${forEngine(engine, REFUSED)}4`);
        expect(error.message).toMatch(/MESSAGE_ID must be 1 to 64 characters/);
      },
    );

    it.each([
      ['EXT_CODE', 20],
      ['DEST_ADDR', 20],
      ['CONTENT', 1000],
      ['CONTEXT', 512],
    ])('names %s, or on PostgreSQL its width as documented, when a text is too long', async (column, width) => {
      const values = { DEST_ADDR: '1', CONTENT: 'x', [column]: 'x'.repeat(width + 1) };
      const { message } = await refusalOf(
        billing,
        `INSERT INTO sm_send_t (${Object.keys(values).join(', ')}) VALUES (${Object.keys(values).map((_, i) => `$${i + 1}`)})`,
        Object.values(values),
      );
      expect(message).toContain(forEngine(engine, { pg: `character varying(${width})`, oracledb: `"${column}"` }));
      expect(readDocument('docs/tables.md').text).toContain(`\`${column}\` ${width}`);
    });

    it('names the column of a missing value', async () => {
      const { message } = await refusalOf(billing, `INSERT INTO sm_send_t (dest_addr) VALUES ('1')`);
      expect(message).toMatch(/"CONTENT"/i);
    });

    it.each<[string, Account | null, string, RegExp]>([
      ['not registered', null, '1', /^the database account ".+" is not registered in LOGIN_USER/],
      ['disabled', { enabled: false }, '2', /^the account ".+" is disabled in LOGIN_USER/],
      ['without an application', { role: 'customer-service', appId: null }, '3', /has no application code/],
    ])('refuses an account that is %s, and gives the reason', async (_title, account, state, text) => {
      const error = await refusalOf(await open(account), MINIMAL);
      expect(stateOf(error)).toBe(`${forEngine(engine, REFUSED)}${state}`);
      expect(error.message).toMatch(text);
      expect(await database.run('SELECT * FROM sm_send_t')).toEqual([]);
    });

    it('allows customer service with an application of its own to reply', async () => {
      await (await open({ role: 'customer-service', appId: 'service' })).run(MINIMAL);
      expect(await database.run('SELECT app_id FROM sm_send_t')).toEqual([{ app_id: 'service' }]);
    });

    it.each([
      ['app_id', `'portal'`],
      ['status', `'HANDED'`],
      ['source', `'kafka'`],
      ['created_at', 'CURRENT_TIMESTAMP'],
      ['handed_at', 'CURRENT_TIMESTAMP'],
      ['final_at', 'CURRENT_TIMESTAMP'],
      ['submitted_at', 'CURRENT_TIMESTAMP'],
      ['reason', `'x'`],
      ['gateway_msg_id', `'x'`],
      ['gateway_code', `'x'`],
      ['part_count', '1'],
      ['parts_done', '1'],
    ])('does not take %s from the sender', async (column, value) => {
      const sql = `INSERT INTO sm_send_t (dest_addr, content, ${column}) VALUES ('1', 'x', ${value})`;
      expect(await refusalOf(billing, sql)).toMatchObject({ code: 'DB_DENIED' });
    });

    it('does not let an account with more rights on the table send for another application', async () => {
      const own = await open({});
      await database.run(`GRANT INSERT ON sm_send_t TO ${own.username}`);
      await own.run(
        `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, created_at, handed_at, part_count)
         VALUES ('m', 'portal', '1', 'x', 'HANDED', $1, $1, 9)`,
        [new Date(0)],
      );
      const rows = await database.run<{ created_at: Date }>(
        'SELECT app_id, status, source, handed_at, part_count, created_at FROM sm_send_t',
      );
      expect(rows).toEqual([
        {
          app_id: 'billing',
          status: 'NEW',
          source: 'table',
          handed_at: null,
          part_count: 1,
          created_at: expect.any(Date),
        },
      ]);
      expect(Date.now() - rows[0]!.created_at.getTime()).toBeLessThan(60_000);
    });

    it("does not use tables of the same name in the caller's schema", async () => {
      const send = forEngine(engine, SEND_BY_OWN_ACCOUNTS)(database, await open(null), MINIMAL);
      await expect(send).rejects.toThrow(/is not registered in LOGIN_USER/);
    });
  });

  it('keep ids apart by application; an id that the account has used is refused without a word about any message', async () => {
    const insert = `INSERT INTO sm_send_t (message_id, dest_addr, content) VALUES ('taken', '13912345678', 'secret')`;
    await (await open({ appId: 'portal' })).run(insert);
    const billing = await open({});
    await billing.run(insert);
    const error = await refusalOf(
      billing,
      `INSERT INTO sm_send_t (message_id, dest_addr, content) VALUES ('taken', '1', 'x')`,
    );
    expect(error.code).toBe('DB_UNIQUE');
    const said = JSON.stringify({ ...(error.cause as object), message: error.message });
    for (const word of ['portal', 'secret', '13912345678', 'Failing row']) expect(said).not.toContain(word);
  });

  it('get an error that does not show the row with its defaults, when a row breaks a rule', async () => {
    const error = await refusalOf(await open({}), `INSERT INTO sm_send_t (dest_addr) VALUES ('1')`);
    expect(error.code).toBe('DB_DATA');
    expect((error.cause as { detail?: string }).detail ?? '').not.toMatch(/NEW|table/);
  });
});
