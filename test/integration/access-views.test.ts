import type { Database } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import { insertRows } from '../support/insert-rows';
import { runOn } from '../support/run-on';
import { createTestDatabase, type TestDatabase, type TestLogin } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';

onEachEngine('the views of business accounts', (engine) => {
  let database: TestDatabase;
  /** One login of each kind, with a name of this file. */
  const as: Record<string, TestLogin> = {};
  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
    const now = new Date();
    const sent = { dest_addr: '1', created_at: now };
    const received = { src_addr: '1', dest_addr: '2', received_at: now, recorded_at: now, offered_at: now };
    await insertRows(database.db, 'sm_send_t', [
      { ...sent, message_id: 'b-day', app_id: 'billing', content: '111', status: 'HANDED', source: 'kafka' },
      { ...sent, message_id: 'p-day', app_id: 'portal', content: 'secret', status: 'REJECTED', source: 'http' },
    ]);
    await insertRows(database.db, 'sm_send_t_log', [
      { ...sent, message_id: 'b-log', app_id: 'billing', content: '222', status: 'DELIVERED', archived_at: now },
      { ...sent, message_id: 'p-log', app_id: 'portal', content: 'secret', status: 'DELIVERED', archived_at: now },
    ]);
    await insertRows(database.db, 'sm_receive_t', [
      { ...received, received_id: 'b-day', app_id: 'billing', content: '333' },
      { ...received, received_id: 'p-day', app_id: 'portal', content: 'secret' },
      { ...received, received_id: 'no-app', app_id: null, content: 'secret' },
    ]);
    await insertRows(database.db, 'sm_receive_t_log', [
      { ...received, received_id: 'b-log', app_id: 'billing', content: '444', archived_at: now, outcome: 'processed' },
      {
        ...received,
        received_id: 'p-log',
        app_id: 'portal',
        content: 'secret',
        archived_at: now,
        outcome: 'unprocessed',
      },
    ]);
    for (const [name, role, account] of [
      ['billing', 'sms_application', ['billing', 'application', true]],
      ['portal', 'sms_application', ['portal', 'application', true]],
      ['disabled', 'sms_application', ['billing', 'application', false]],
      ['unregistered', 'sms_application', undefined],
      ['service', 'sms_customer_service', ['service', 'customer-service', true]],
      ['service that sends for billing', 'sms_customer_service', ['billing', 'customer-service', true]],
      ['disabled service', 'sms_customer_service', [null, 'customer-service', false]],
      ['administrator', 'sms_administrator', [null, 'administrator', true]],
      // LOGIN_USER decides what a login may see; its group alone opens nothing
      ['application in the group of customer service', 'sms_customer_service', ['billing', 'application', true]],
    ] as const) {
      const login = await database.login(role);
      as[name] = login;
      if (account !== undefined)
        await database.run('INSERT INTO login_user (username, app_id, role, enabled) VALUES ($1, $2, $3, $4)', [
          login.username,
          ...account,
        ]);
    }
  });
  afterAll(() => database.drop());

  const EVERYTHING = [
    ['b-day', 'b-log', 'p-day', 'p-log'],
    ['b-day', 'b-log', 'no-app', 'p-day', 'p-log'],
  ];
  const OF_BILLING = [
    ['b-day', 'b-log'],
    ['b-day', 'b-log'],
  ];
  const OF_PORTAL = [
    ['p-day', 'p-log'],
    ['p-day', 'p-log'],
  ];
  const NOTHING = [[], []];

  it.each([
    ['billing', OF_BILLING],
    ['portal', OF_PORTAL],
    ['disabled', NOTHING],
    ['unregistered', NOTHING],
    ['service', EVERYTHING],
    ['service that sends for billing', EVERYTHING],
    ['disabled service', NOTHING],
    ['administrator', EVERYTHING],
    ['application in the group of customer service', OF_BILLING],
  ])('show %s the live table and the history, with the rows that it may see', async (name, expected) => {
    const sent = await as[name]!.run<{ id: string }>('SELECT message_id AS id FROM v_send_t_log ORDER BY 1');
    const received = await as[name]!.run<{ id: string }>('SELECT received_id AS id FROM v_receive_t ORDER BY 1');
    expect([sent, received].map((rows) => rows.map(({ id }) => id))).toEqual(expected);
  });

  it('show the outcome of a message, and whether it is in the history', async () => {
    const rows = await as.billing!.run(
      `SELECT message_id, msg_id, status, source, CASE WHEN archived_at IS NULL THEN 'day' ELSE 'history' END AS kept FROM v_send_t_log ORDER BY 1`,
    );
    expect(rows).toEqual([
      { message_id: 'b-day', msg_id: 'b-day', status: 'HANDED', source: 'kafka', kept: 'day' },
      { message_id: 'b-log', msg_id: 'b-log', status: 'DELIVERED', source: null, kept: 'history' },
    ]);
    expect(await as.billing!.run('SELECT received_id, outcome FROM v_receive_t ORDER BY 1')).toEqual([
      { received_id: 'b-day', outcome: null },
      { received_id: 'b-log', outcome: 'processed' },
    ]);
  });

  it('show a message once while it is archived', async () => {
    const columns = 'msg_id, message_id, app_id, dest_addr, content, status, created_at, source';
    let looking = true;
    let moves = 0;
    const look = async () => {
      for (let looks = 0; looks < 200 || moves < 50; looks += 1) {
        expect(await as.portal!.run(`SELECT status FROM v_send_t_log WHERE message_id = 'p-day'`)).toHaveLength(1);
      }
    };
    const move = async () => {
      for (; looking; moves += 1) {
        for (const [from, to, archived] of [
          ['sm_send_t', 'sm_send_t_log', true],
          ['sm_send_t_log', 'sm_send_t', false],
        ] as const) {
          await inTransaction(database.db, async (tx) => {
            const run = runOn({ ...database.db, ...tx });
            await run(
              `INSERT INTO ${to} (${columns}${archived ? ', archived_at' : ''}) SELECT ${columns}${archived ? ', created_at' : ''} FROM ${from} WHERE message_id = 'p-day'`,
            );
            await run(`DELETE FROM ${from} WHERE message_id = 'p-day'`);
          });
        }
      }
    };
    const moving = move();
    await look().finally(() => {
      looking = false;
      return moving;
    });
  });

  // PostgreSQL only: functions that a caller creates, SET ROLE, plans
  if (engine === 'oracledb') return;

  it.each(['v_send_t_log', 'v_receive_t'])(
    "evaluate no condition on %s on other applications' rows, however cheap the function claims to be",
    async (view) => {
      // an account that may create functions could write this one; the planner evaluates cheap
      // conditions first
      await database.db.query(
        `CREATE OR REPLACE FUNCTION tell(content varchar) RETURNS boolean LANGUAGE plpgsql COST 0.000001 AS $$
         BEGIN IF content = 'secret' THEN RAISE EXCEPTION 'I have seen %', content; END IF; RETURN true; END $$`,
      );
      const told = async (account: Database): Promise<unknown[]> => {
        const session = await account.knex.client.acquireConnection();
        try {
          // an index scan on the application is no protection: a caller can disable it
          await session.query(
            'SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off',
          );
          return (await session.query(`SELECT content FROM ${view} WHERE tell(content)`)).rows;
        } finally {
          await session.query('RESET ALL');
          await account.knex.client.releaseConnection(session);
        }
      };
      expect(await told(as.billing!.db)).toHaveLength(2);
      // and the function would report what it saw
      await expect(told(as.portal!.db)).rejects.toThrow('I have seen secret');
    },
  );

  it('do not widen with SET ROLE: the account that logged in counts', async () => {
    const { db, username } = await database.login('sms_application');
    const { rows } = await database.db.query<{ username: string }>(
      `SELECT username FROM login_user WHERE role = 'customer-service' AND enabled`,
    );
    // even for an account that is a member of customer service's group
    await database.db.knex.raw('GRANT ?? TO ??', [rows[0]!.username, username]);
    const session = await db.knex.client.acquireConnection();
    try {
      await session.query(`SET ROLE ${rows[0]!.username}`);
      expect((await session.query('SELECT * FROM v_send_t_log')).rows).toEqual([]);
      await session.query('RESET ROLE');
    } finally {
      await db.knex.client.releaseConnection(session);
    }
  });

  it("find an application's messages by its index, never by a scan of the whole table", async () => {
    const { rows } = await database.db.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT * FROM v_send_t_log WHERE message_id = 'x'`,
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('sm_send_t_pkey');
    expect(plan).toContain('One-Time Filter');
  });
});
