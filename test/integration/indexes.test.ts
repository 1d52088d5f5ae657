import { SETTLE_PORTS } from '../../services/archiver/adapters/acked-rows';
import { createEndMessages, END_UNANSWERED, EXPIRE_UNHANDED } from '../../services/archiver/adapters/end-messages';
import { createMoveSlice } from '../../services/archiver/adapters/move-slice';
import { MOVES } from '../../services/archiver/adapters/moves';
import { OFFER_AGAIN } from '../../services/archiver/adapters/offer-again';
import { createPurgeSlice, PURGE_RECEIVED, PURGE_SENT } from '../../services/archiver/adapters/purge-history';
import { type ArchivePlan, planArchive } from '../../services/archiver/core/plan-archive';
import { createDispatchDue } from '../../services/exchange-relay/adapters/dispatch-due';
import { createHandOver } from '../../services/exchange-relay/adapters/hand-over';
import { createFindKnownMessages } from '../../services/exchange-relay/adapters/known-messages';
import { createRelayOffsets } from '../../services/exchange-relay/adapters/relay-offsets';
import { createIntakeStatements } from '../../services/producer/adapters/claim-new-rows';
import { createFindMessages } from '../../services/producer/adapters/find-messages';
import { createReceivedStatements } from '../../services/producer/adapters/find-received';
import { createCancelStatements } from '../../services/producer/adapters/mark-cancelled';
import { createExchangeClaims } from '../../services/report-collector/adapters/claim-rows';
import { createLockMessages } from '../../services/report-collector/adapters/lock-messages';
import { createWaitingReports } from '../../services/report-collector/adapters/waiting-reports';
import type { Query, Tx } from '../../services/shared/database/open-database';
import { queryOn } from '../../services/shared/database/open-postgres';
import { NO_ORACLE } from '../../services/shared/database/oracle-statements';
import { loadExchangeNames } from '../../services/shared/exchange/exchange-names';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { BUSY_DAY } from './busy-day';

const NAMES = loadExchangeNames();
const DAY = 86_400_000;
const now = Date.now();
const plan: ArchivePlan = planArchive(now, {
  reportDeadlineMs: 3 * DAY,
  receivedRetryMs: DAY / 2,
  receivedMaxAttempts: 3,
  pendingAckMs: 2 * DAY,
  sendLogRetentionMs: 90 * DAY,
  receiveLogRetentionMs: 90 * DAY,
  sliceRows: 500,
});

/** Each statement, and the indexes that it is there for (beside primary keys). */
const STATEMENTS: readonly (readonly [
  string,
  readonly string[],
  (tx: Tx, db: TestDatabase['db']) => Promise<unknown>,
])[] = [
  [
    'relay: hand over',
    ['sm_send_t_pkey'],
    (tx, db) =>
      createHandOver(db, NAMES)(
        tx,
        [
          {
            messageId: 'm-00000006',
            appId: 'app-6',
            extCode: null,
            destAddr: '1',
            content: 'x',
            priority: 1,
            needReport: true,
            context: null,
            status: 'HANDED',
            reason: null,
            scheduledAt: null,
            expiresAt: now + DAY,
            createdAt: now,
            partCount: 1,
            source: 'kafka',
          },
        ],
        now,
      ),
  ],
  ['relay: whose is it', ['sm_send_t_pkey'], (tx, db) => createFindKnownMessages(db)(tx, ['m-00000001', 'm-00000002'])],
  [
    'relay: does history have it',
    ['sm_send_t_log_pkey'],
    (tx, db) => createRelayOffsets(db).advance(tx, 'g', [{ topic: 't', partition: 0, nextOffset: 1 }], ['h-00000001']),
  ],
  ['relay: dispatch what is due', ['sm_send_t_scheduled'], (tx, db) => createDispatchDue(db, NAMES)(tx, 100, now)],
  ['producer: table intake', ['sm_send_t_new'], (tx, db) => createIntakeStatements(db).claimNew(tx, 100)],
  [
    'producer: status over HTTP',
    ['sm_send_t_pkey', 'sm_send_t_log_pkey'],
    (tx, db) => createFindMessages(db)(tx, ['m-00000001', 'h-00000001']),
  ],
  [
    'producer: cancelled',
    ['sm_send_t_cancelled'],
    (tx, db) => createCancelStatements(db).claimCancelled(tx, { limit: 100 }),
  ],
  [
    'producer: received over HTTP',
    ['sm_receive_t_read', 'sm_receive_t_log_read'],
    (tx, db) => createReceivedStatements(db).findBehind(tx, 'app-7', { at: now - DAY, id: '' }, 100),
  ],
  [
    'producer: whose is the received message',
    ['sm_receive_t_pkey', 'sm_receive_t_log_pkey'],
    (tx, db) => createReceivedStatements(db).findOwner(tx, 'l-00000001'),
  ],
  [
    'collector: claim',
    ['client_sms_resp_pkey', 'client_sms_report_pkey', 'client_sms_recv_pkey'],
    async (tx, db) => {
      const claims = createExchangeClaims(db, NAMES);
      for (const claim of [claims.resp, claims.report, claims.recv]) await claim(tx, { limit: 100 });
    },
  ],
  [
    'collector: waiting reports',
    ['sm_report_wait_next'],
    (tx) => createWaitingReports('pg').claim(tx, { limit: 100 }, now),
  ],
  [
    'collector: by the gateway’s id',
    ['sm_send_t_gateway', 'sm_send_part_gateway', 'sm_send_t_pkey'],
    (tx) =>
      createLockMessages('pg', true)(tx, 'day', {
        messageIds: ['m-00000001'],
        gatewayKeys: ['AB', 'CD'],
        sentAfter: now - DAY,
      }),
  ],
  [
    'collector: by the gateway’s id, in history',
    ['sm_send_t_log_gateway', 'sm_send_t_log_pkey'],
    (tx) =>
      createLockMessages('pg', false)(tx, 'history', {
        messageIds: ['h-00000001'],
        gatewayKeys: ['AB', 'CD'],
        sentAfter: now - DAY,
      }),
  ],
  [
    'archiver: end what nobody answered',
    ['sm_send_t_open'],
    (tx) => createEndMessages('pg', END_UNANSWERED)(tx, plan, 0),
  ],
  [
    'archiver: expire what was never handed over',
    ['sm_send_t_open'],
    (tx) => createEndMessages('pg', EXPIRE_UNHANDED)(tx, plan, 0),
  ],
  ...MOVES.map(
    (move, at) =>
      [
        `archiver: move ${at}, ${move.due.pg.orderBy}`,
        [['sm_send_t_final'], [], ['sm_receive_t_done'], ['sm_receive_t_open']][at]!,
        (tx: Tx) => createMoveSlice('pg', move)(tx, plan, 0),
      ] as const,
  ),
  ['archiver: offer again', ['sm_receive_t_open'], (tx) => OFFER_AGAIN.pg(tx, plan, 0)],
  [
    'archiver: purge sent',
    ['sm_send_t_log_archived', 'sm_send_part_pkey'],
    (tx) => createPurgeSlice('pg', PURGE_SENT)(tx, plan, 0),
  ],
  [
    'archiver: purge received',
    ['sm_receive_t_log_archived'],
    (tx) => createPurgeSlice('pg', PURGE_RECEIVED)(tx, plan, 0),
  ],
  [
    'archiver: acknowledged',
    ['sm_receive_t_pkey', 'sm_receive_t_log_pkey'],
    (tx) => SETTLE_PORTS.pg.lockAckedRows(tx, ['l-00000001', 'r-00000001']),
  ],
  [
    'view: an application’s messages of an hour',
    ['sm_send_t_app', 'sm_send_t_log_app'],
    ({ query }) => query(`SELECT * FROM v_send_t_log WHERE created_at > now() - interval '1 hour'`),
  ],
  [
    'view: a message',
    ['sm_send_t_pkey', 'sm_send_t_log_pkey'],
    ({ query }) => query(`SELECT * FROM v_send_t_log WHERE message_id = 'm-00000008'`),
  ],
  [
    'view: what an application received in an hour',
    ['sm_receive_t_app', 'sm_receive_t_log_app'],
    ({ query }) => query(`SELECT * FROM v_receive_t WHERE received_at > now() - interval '1 hour'`),
  ],
];

/** Tables that are read as a whole on purpose: they hold a handful of rows. */
const SMALL = [
  'login_user',
  'relay_offset',
  'sm_receive_ack',
  'archive_run',
  'archive_lock',
  'consumer_member',
  'client_sms_send',
];

describe('indexes, with a busy day in the tables', () => {
  let database: TestDatabase;
  const used = new Set<string>();
  beforeAll(async () => {
    database = await createTestDatabase();
    for (const sql of BUSY_DAY) await database.db.query(sql);
  });
  afterAll(() => database.drop());

  type Counts = { readonly index: Map<string, number>; readonly whole: Map<string, number> };
  const count = async (query: Query): Promise<Counts> => {
    await query('SELECT pg_stat_force_next_flush()');
    const index = await query<{ name: string; scans: string }>(
      'SELECT indexrelname AS name, idx_scan AS scans FROM pg_stat_user_indexes',
    );
    const whole = await query<{ name: string; scans: string }>(
      'SELECT relname AS name, seq_scan AS scans FROM pg_stat_user_tables',
    );
    const toMap = (rows: readonly { name: string; scans: string }[]) =>
      new Map(rows.map(({ name, scans }) => [name, Number(scans)]));
    return { index: toMap(index.rows), whole: toMap(whole.rows) };
  };
  const grown = (before: Map<string, number>, after: Map<string, number>): string[] =>
    [...after].filter(([name, scans]) => scans > (before.get(name) ?? 0)).map(([name]) => name);

  it.each(STATEMENTS)('%s: by %j, and no table is read as a whole', async (_name, expected, run) => {
    const connection = await database.db.knex.client.acquireConnection();
    try {
      const query = queryOn(connection);
      const tx: Tx = { query, oracle: NO_ORACLE };
      // prepared statements get a general plan, made without the values, after five times
      for (let time = 1; time < 8; time += 1) {
        await query('BEGIN');
        await run(tx, database.db);
        await query('ROLLBACK');
      }
      const before = await count(query);
      await query('BEGIN');
      await run(tx, database.db);
      await query('ROLLBACK');
      const after = await count(query);
      const indexes = grown(before.index, after.index);
      for (const index of indexes) used.add(index);
      expect(indexes).toEqual(expect.arrayContaining([...expected]));
      expect(grown(before.whole, after.whole).filter((table) => !SMALL.includes(table))).toEqual([]);
    } finally {
      await database.db.knex.client.releaseConnection(connection);
    }
  });

  it('there is none that nothing uses, beside the keys', async () => {
    const { rows } = await database.db.query<{ name: string }>(
      `SELECT i.indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisunique`,
    );
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
  });
});
