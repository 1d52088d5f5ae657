import type { Database } from '../../services/shared/database/open-database';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

describe('the views of business accounts on PostgreSQL', () => {
  let database: TestDatabase;
  /** one login of each kind, by a name of this file's own */
  const as: Record<string, Database> = {};
  beforeAll(async () => {
    database = await createTestDatabase();
    const { query } = database.db;
    await query(
      `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, created_at, source) VALUES
       ('b-day', 'billing', '1', '111', 'HANDED', now(), 'kafka'), ('p-day', 'portal', '1', 'secret', 'REJECTED', now(), 'http')`,
    );
    await query(
      `INSERT INTO sm_send_t_log (message_id, app_id, dest_addr, content, status, created_at, archived_at) VALUES
       ('b-log', 'billing', '1', '222', 'DELIVERED', now(), now()), ('p-log', 'portal', '1', 'secret', 'DELIVERED', now(), now())`,
    );
    await query(
      `INSERT INTO sm_receive_t (received_id, src_addr, dest_addr, app_id, content, received_at, recorded_at, offered_at) VALUES
       ('b-day', '1', '2', 'billing', '333', now(), now(), now()), ('p-day', '1', '2', 'portal', 'secret', now(), now(), now()),
       ('nobody', '1', '2', NULL, 'secret', now(), now(), now())`,
    );
    await query(
      `INSERT INTO sm_receive_t_log (received_id, src_addr, dest_addr, app_id, content, received_at, recorded_at, offered_at, archived_at, outcome) VALUES
       ('b-log', '1', '2', 'billing', '444', now(), now(), now(), now(), 'processed'),
       ('p-log', '1', '2', 'portal', 'secret', now(), now(), now(), now(), 'unprocessed')`,
    );
    for (const [name, role, account] of [
      ['billing', 'sms_application', ['billing', 'application', true]],
      ['portal', 'sms_application', ['portal', 'application', true]],
      ['disabled', 'sms_application', ['billing', 'application', false]],
      ['unregistered', 'sms_application', undefined],
      ['service', 'sms_customer_service', ['service', 'customer-service', true]],
      ['disabled service', 'sms_customer_service', [null, 'customer-service', false]],
      ['administrator', 'sms_administrator', [null, 'administrator', true]],
      // what somebody may see is in LOGIN_USER; the group alone opens nothing
      ['application in the group of customer service', 'sms_customer_service', ['billing', 'application', true]],
    ] as const) {
      const { db, username } = await database.login(role);
      as[name] = db;
      if (account !== undefined)
        await query('INSERT INTO login_user (username, app_id, role, enabled) VALUES ($1, $2, $3, $4)', [
          username,
          ...account,
        ]);
    }
  });
  afterAll(() => database.drop());

  const EVERYTHING = [
    ['b-day', 'b-log', 'p-day', 'p-log'],
    ['b-day', 'b-log', 'nobody', 'p-day', 'p-log'],
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
    ['disabled service', NOTHING],
    ['administrator', EVERYTHING],
    ['application in the group of customer service', OF_BILLING],
  ])('%s sees the day and the history, and of them what is its to see', async (name, expected) => {
    const sent = await as[name]!.query<{ id: string }>('SELECT message_id AS id FROM v_send_t_log ORDER BY 1');
    const received = await as[name]!.query<{ id: string }>('SELECT received_id AS id FROM v_receive_t ORDER BY 1');
    expect([sent, received].map(({ rows }) => rows.map(({ id }) => id))).toEqual(expected);
  });

  it('show what became of a message, and whether it is history', async () => {
    const { rows } = await as.billing!.query(
      'SELECT message_id, status, source, archived_at IS NOT NULL AS archived FROM v_send_t_log ORDER BY 1',
    );
    expect(rows).toEqual([
      { message_id: 'b-day', status: 'HANDED', source: 'kafka', archived: false },
      { message_id: 'b-log', status: 'DELIVERED', source: null, archived: true },
    ]);
    const { rows: received } = await as.billing!.query('SELECT received_id, outcome FROM v_receive_t ORDER BY 1');
    expect(received).toEqual([
      { received_id: 'b-day', outcome: null },
      { received_id: 'b-log', outcome: 'processed' },
    ]);
  });

  it.each(['v_send_t_log', 'v_receive_t'])(
    'a condition on %s is not evaluated on other applications’ rows, however cheap it claims to be',
    async (view) => {
      // an account that may make functions could write one like this; the planner puts cheap conditions first
      await database.db.query(
        `CREATE OR REPLACE FUNCTION tell(content varchar) RETURNS boolean LANGUAGE plpgsql COST 0.000001 AS $$
         BEGIN IF content = 'secret' THEN RAISE EXCEPTION 'I have seen %', content; END IF; RETURN true; END $$`,
      );
      const told = async (account: Database): Promise<unknown[]> => {
        const session = await account.knex.client.acquireConnection();
        try {
          // nor does the index on the application stand before it: a caller may switch that off
          await session.query(
            'SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off',
          );
          return (await session.query(`SELECT content FROM ${view} WHERE tell(content)`)).rows;
        } finally {
          await session.query('RESET ALL');
          await account.knex.client.releaseConnection(session);
        }
      };
      expect(await told(as.billing!)).toHaveLength(2);
      // and it would tell
      await expect(told(as.portal!)).rejects.toThrow('I have seen secret');
    },
  );

  it('SET ROLE opens nothing: the account that logged in counts', async () => {
    const { db, username } = await database.login('sms_application');
    const { rows } = await database.db.query<{ username: string }>(
      `SELECT username FROM login_user WHERE role = 'customer-service' AND enabled`,
    );
    // even for one who may act as customer service
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

  it('a message that is being archived is seen once', async () => {
    const { query } = database.db;
    const columns = 'message_id, app_id, dest_addr, content, status, created_at, source';
    let looking = true;
    let moves = 0;
    const look = async () => {
      for (let looks = 0; looks < 200 || moves < 50; looks += 1) {
        const { rows } = await as.portal!.query(`SELECT 1 FROM v_send_t_log WHERE message_id = 'p-day'`);
        expect(rows).toHaveLength(1);
      }
    };
    const move = async () => {
      for (; looking; moves += 1) {
        await query(
          `WITH gone AS (DELETE FROM sm_send_t WHERE message_id = 'p-day' RETURNING ${columns})
           INSERT INTO sm_send_t_log (${columns}, archived_at) SELECT ${columns}, now() FROM gone`,
        );
        await query(
          `WITH gone AS (DELETE FROM sm_send_t_log WHERE message_id = 'p-day' RETURNING ${columns})
           INSERT INTO sm_send_t (${columns}) SELECT ${columns} FROM gone`,
        );
      }
    };
    const moving = move();
    await look().finally(() => {
      looking = false;
      return moving;
    });
  });

  it('look an application’s messages up by its index, never through the whole table', async () => {
    const { rows } = await database.db.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT * FROM v_send_t_log WHERE message_id = 'x'`,
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('sm_send_t_pkey');
    expect(plan).toContain('One-Time Filter');
  });
});
