import { collectBatch } from '../../services/report-collector/collect-batch';
import { createCollectLoop } from '../../services/report-collector/collect-loop';
import { BridgeError } from '../../services/shared/errors';
import { loadExchangeNames } from '../../services/shared/exchange/exchange-names';
import { createTestDatabase, type TestDatabase, type TestLogin } from '../support/test-database';
import { waitUntil } from '../support/wait-until';
import { createCollector, type EventTopics, insertInto, openEventTopics } from './collector-world';

const NAMES = loadExchangeNames();

describe('the collector on PostgreSQL and Kafka: batches', () => {
  let database: TestDatabase;
  let collector: TestLogin;
  let events: EventTopics;
  beforeAll(async () => {
    events = await openEventTopics();
  });
  afterAll(() => events.close());
  beforeEach(async () => {
    database = await createTestDatabase();
    collector = await database.login('sms_collector');
  });
  afterEach(async () => {
    await database.drop();
    await events.take();
  });

  const messages = (count: number, change = "'HANDED', NULL::text, 1") =>
    database.db.query(
      `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, source, created_at, handed_at, submitted_at, status, gateway_msg_id, part_count)
       SELECT 'm-' || lpad(i::text, 4, '0'), 'billing', '8613800138000', 'x', 'kafka', now(), now(), now(), ${change} FROM generate_series(1, $1::int) i`,
      [count],
    );
  const answers = (table: 'resp' | 'report', count: number, order: 'ASC' | 'DESC', prefix = 'g') =>
    database.db.query(
      table === 'resp'
        ? `INSERT INTO client_sms_resp (msg_id, gateway_msg_id, result)
           SELECT 'm-' || lpad(i::text, 4, '0'), '${prefix}' || i, '0' FROM generate_series(1, $1::int) i ORDER BY i ${order}`
        : `INSERT INTO client_sms_report (msg_id, gateway_msg_id, stat)
           SELECT 'm-' || lpad(i::text, 4, '0'), '${prefix}' || i, 'DELIVRD' FROM generate_series(1, $1::int) i ORDER BY i ${order}`,
      [count],
    );
  const countOf = async (from: string) =>
    Number((await database.db.query<{ n: string }>(`SELECT count(*) AS n FROM ${from}`)).rows[0]?.n);
  const lockWaiters = () => countOf("pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()");

  it('claimed by several at once: every row once', async () => {
    await insertInto(database, 'login_user')({ username: 'x', app_id: 'x', role: 'application' });
    await database.db.query(
      `INSERT INTO client_sms_recv (src_addr, dest_addr, content, recv_time)
       SELECT '1380013' || lpad(i::text, 4, '0'), '10698001', 'no ' || i, now() FROM generate_series(1, 600) i`,
    );
    const workers = Array.from({ length: 4 }, () => createCollector(collector, events, NAMES));
    await Promise.all(
      workers.map(async ({ batch }) => {
        while ((await batch('recv', 37)).rows > 0);
      }),
    );
    const { received } = await events.take();
    expect(received.map(({ content }) => content).sort()).toEqual(
      Array.from({ length: 600 }, (_, no) => `no ${no + 1}`).sort(),
    );
    expect(await countOf('client_sms_recv')).toBe(0);
    expect(await countOf('sm_receive_t')).toBe(600);
  });

  it('take a row that commits after later ones', async () => {
    await messages(2);
    const { batch } = createCollector(collector, events, NAMES);
    await database.db.knex.transaction(async (trx) => {
      await trx.raw("INSERT INTO client_sms_resp (msg_id, gateway_msg_id, result) VALUES ('m-0001', 'g1', '0')");
      await insertInto(database, 'client_sms_resp')({ msg_id: 'm-0002', gateway_msg_id: 'g2', result: '0' });
      expect(await batch('resp')).toMatchObject({ rows: 1 });
    });
    expect(await batch('resp')).toMatchObject({ rows: 1 });
    expect(await countOf("sm_send_t WHERE status = 'SUBMITTED'")).toBe(2);
  });

  it('about the same messages at once, in opposite orders, neither deadlock nor undo each other', async () => {
    await messages(200);
    for (const order of ['ASC', 'DESC', 'ASC'] as const) {
      await answers('resp', 200, order);
      await answers('report', 200, order === 'ASC' ? 'DESC' : 'ASC');
    }
    const { batch } = createCollector(collector, events, NAMES);
    const drain = async (source: 'resp' | 'report') => {
      while ((await batch(source, 150)).rows > 0);
    };
    await Promise.all([drain('resp'), drain('report'), drain('resp'), drain('report')]);
    expect(
      await countOf("sm_send_t WHERE status = 'DELIVERED' AND final_at IS NOT NULL AND gateway_msg_id IS NOT NULL"),
    ).toBe(200);
    const { statuses } = await events.take();
    expect(statuses).toHaveLength(1200);
    // the newest record of a message is never older news
    const last = new Map(statuses.map(({ messageId, status }) => [messageId, status]));
    expect([...last.values()].every((status) => status === 'DELIVERED')).toBe(true);
  });

  it('about two parts of one message at once: the second waits, and builds on what the first one wrote', async () => {
    await messages(1, "'SUBMITTED', 'p1', 2");
    const names = { ...NAMES, answers: 'per-part' as const };
    await insertInto(database, 'client_sms_report')({ msg_id: 'm-0001', gateway_msg_id: 'p1', stat: 'DELIVRD' });
    const second = createCollector(collector, events, names);
    let other: Promise<unknown> | undefined;
    const first = createCollector(collector, events, names, {
      publish: async () => {
        await insertInto(database, 'client_sms_report')({ msg_id: 'm-0001', gateway_msg_id: 'p2', stat: 'DELIVRD' });
        other = second.batch('report');
        await waitUntil('the second batch to wait for the message', async () => (await lockWaiters()) > 0);
      },
    });
    await first.batch('report');
    expect(await other).toMatchObject({ outcomes: { delivered: 1 } });
    const { rows } = await database.db.query('SELECT status, parts_done FROM sm_send_t');
    expect(rows).toEqual([{ status: 'DELIVERED', parts_done: 2 }]);
  });

  it('wait while the archiver moves the message, and settle it where it is then', async () => {
    await messages(1, "'DELIVERED', 'g1', 1");
    await answers('resp', 1, 'ASC');
    const { batch } = createCollector(collector, events, NAMES);
    const running = await database.db.knex.transaction(async (trx) => {
      await trx.raw(
        `WITH gone AS (DELETE FROM sm_send_t RETURNING *) INSERT INTO sm_send_t_log SELECT *, now() FROM gone`,
      );
      const collecting = batch('resp');
      await waitUntil('the batch to wait for the message', async () => (await lockWaiters()) > 0);
      return { collecting };
    });
    expect(await running.collecting).toMatchObject({ outcomes: { unchanged: 1 } });
    expect((await events.take()).statuses).toMatchObject([{ messageId: 'm-0001', matched: true, status: 'DELIVERED' }]);
  });

  it.each(['after-publish', 'after-settle', 'kafka'] as const)(
    'broken off (%s) come back whole, with the same eventIds',
    async (where) => {
      await messages(3);
      await answers('resp', 3, 'ASC');
      const failing = createCollector(collector, events, NAMES, {
        crash: (step) => {
          if (step === `collector.resp.${where}`) throw new Error('killed');
        },
        ...(where === 'kafka' ? { publish: () => Promise.reject(new Error('killed')) } : {}),
      });
      await expect(failing.batch('resp')).rejects.toThrow('killed');
      expect(await countOf('client_sms_resp')).toBe(3);
      expect(await countOf("sm_send_t WHERE status = 'HANDED'")).toBe(3);
      await createCollector(collector, events, NAMES).batch('resp');
      expect(await countOf("sm_send_t WHERE status = 'SUBMITTED'")).toBe(3);
      const { statuses } = await events.take();
      expect(statuses).toHaveLength(where === 'kafka' ? 3 : 6);
      expect(new Set(statuses.map(({ eventId }) => eventId)).size).toBe(3);
    },
  );

  it('set aside a row that cannot be used, with its columns and its reason; the others go through', async () => {
    await messages(1);
    await database.db.query('ALTER TABLE client_sms_resp ALTER gateway_msg_id TYPE text');
    const resp = insertInto(database, 'client_sms_resp');
    await resp({ msg_id: null, gateway_msg_id: 'g', result: '0' });
    await resp({ msg_id: 'm-0001', gateway_msg_id: 'g'.repeat(65), result: '0' });
    await resp({ msg_id: 'm-0001', gateway_msg_id: 'g1', result: '0', resp_time: 'infinity' });
    await resp({ msg_id: 'm-0001', gateway_msg_id: 'g1', result: '0', resp_time: '294000-01-01' });
    await resp({ msg_id: 'm-0001', gateway_msg_id: 'g1', result: '0' });
    const { batch } = createCollector(collector, events, NAMES);
    expect(await batch('resp')).toEqual({ rows: 5, outcomes: { set_aside: 4, submitted: 1 } });
    const { statuses, letters } = await events.take();
    expect(statuses).toHaveLength(1);
    expect(letters.map(({ headers }) => [headers.reason, headers['source-table'], headers['source-seq']])).toEqual([
      ['ROW_VALUE_MISSING', 'CLIENT_SMS_RESP', '1'],
      ['ROW_TEXT_TOO_LONG', 'CLIENT_SMS_RESP', '2'],
      ['ROW_TIME_INVALID', 'CLIENT_SMS_RESP', '3'],
      ['ROW_TIME_INVALID', 'CLIENT_SMS_RESP', '4'],
    ]);
    expect(letters[0]).toMatchObject({
      key: '1',
      row: { SEQ_ID: '1', MSG_ID: null, GATEWAY_MSG_ID: 'g', RESULT: '0', RESULT_DESC: null, RESP_TIME: null },
    });
    expect(letters[2]?.row.RESP_TIME).toBe('Infinity');
    expect(await countOf('client_sms_resp')).toBe(0);
  });

  it('find the row that the database refuses, and set aside that one', async () => {
    await database.db.query("ALTER TABLE sm_receive_t ADD CHECK (content NOT LIKE 'bad%')");
    await database.db.query(
      `INSERT INTO client_sms_recv (src_addr, dest_addr, content)
       SELECT '13800138000', '10698001', CASE WHEN i IN (1, 50, 51) THEN 'bad ' ELSE 'good ' END || i FROM generate_series(1, 99) i`,
    );
    const { sources, ports } = createCollector(collector, events, NAMES);
    let stopped = false;
    const loop = createCollectLoop(
      {
        collect: (selection, how) => collectBatch(sources.recv, selection, ports, how),
        peek: async () => true,
        isPoison: (error) => error instanceof BridgeError && error.code === 'DB_DATA',
        pause: async () => {
          stopped = (await countOf('client_sms_recv')) === 0;
        },
        stopped: () => stopped,
        now: Date.now,
        onCollected: () => undefined,
        onTrouble: () => undefined,
      },
      { batchSize: 40, slots: 2, busyPauseMs: 1, idlePauseMs: 1, retryMinMs: 1, retryMaxMs: 1 },
    );
    await loop.run();
    const { received, letters } = await events.take();
    expect(letters.map(({ headers }) => `${headers.reason} ${headers['source-seq']}`).sort()).toEqual(
      ['DB_DATA 1', 'DB_DATA 50', 'DB_DATA 51'].sort(),
    );
    expect(letters[0]?.headers.message).not.toContain('13800138000');
    expect(
      new Set(received.filter(({ content }) => content.startsWith('good')).map(({ receivedId }) => receivedId)).size,
    ).toBe(96);
    expect(await countOf('sm_receive_t')).toBe(96);
  });

  it('enter inbound messages, routed by the longest extension, once', async () => {
    const recv = insertInto(database, 'client_sms_recv');
    const time = new Date(Date.now() - 60_000);
    await recv(
      { src_addr: '13800138000', dest_addr: '1069800188', content: 'TD', msg_fmt: 8, recv_time: time },
      { src_addr: '+8613800138000', dest_addr: '86106980015', content: '收到', recv_time: time },
      { src_addr: '10086', dest_addr: '1069809', content: null },
    );
    let refreshed = 0;
    const refresh = async () => {
      refreshed += 1;
    };
    const { batch } = createCollector(collector, events, NAMES, { refresh });
    expect(await batch('recv')).toEqual({ rows: 3, outcomes: { received: 2, unrouted: 1 } });
    expect(refreshed).toBe(1);
    const { received } = await events.take();
    expect(received).toMatchObject([
      {
        from: '8613800138000',
        to: '1069800188',
        appId: 'outage',
        extCode: '0188',
        content: 'TD',
        receivedAt: time.getTime(),
      },
      { from: '8613800138000', to: '86106980015', appId: 'billing', extCode: '01', content: '收到' },
      { from: '10086', appId: null, extCode: null, content: '' },
    ]);
    // the same rows again, as after a restore: the same ids, and no second entry
    await database.db.query('ALTER TABLE client_sms_recv ALTER seq_id RESTART');
    await recv({ src_addr: '13800138000', dest_addr: '1069800188', content: 'TD', msg_fmt: 8, recv_time: time });
    await batch('recv');
    expect((await events.take()).received[0]?.receivedId).toBe(received[0]?.receivedId);
    const { rows } = await database.db.query(
      'SELECT received_id, src_addr, dest_addr, ext_code, app_id, content, attempt, offered_at = recorded_at AS offered FROM sm_receive_t ORDER BY received_at, app_id DESC NULLS LAST',
    );
    expect(rows).toHaveLength(3);
    expect(rows[0]).toEqual({
      received_id: received[0]?.receivedId,
      src_addr: '8613800138000',
      dest_addr: '1069800188',
      ext_code: '0188',
      app_id: 'outage',
      content: 'TD',
      attempt: 1,
      offered: true,
    });
  });
});

describe('the collector with the province’s own names', () => {
  it('works on tables, columns and codes that are called otherwise', async () => {
    const names = {
      ...NAMES,
      tables: { send: 'T_SEND', resp: 'T_SUBMIT_RESULT', report: 'T_DELIVERY', recv: 'T_INBOX' },
      columns: {
        ...NAMES.columns,
        resp: { ...NAMES.columns.resp, seqId: 'NO', msgId: 'SISMSID', result: 'SENTRESULT' },
        report: { ...NAMES.columns.report, seqId: 'ROW_NO', stat: 'SMSSTATUS', gatewayMsgId: 'GWID' },
        recv: { ...NAMES.columns.recv, srcAddr: 'SOURCEADDR', content: 'MESSAGECONTENT' },
      },
      codes: {
        ...NAMES.codes,
        submitSuccess: '^OK$',
        report: [{ pattern: '^DELIVERYTOTERMINAL$', status: 'DELIVERED' as const, isFinal: true }],
      },
    };
    const database = await createTestDatabase(names);
    const collector = await database.login('sms_collector');
    const events = await openEventTopics();
    await insertInto(
      database,
      'sm_send_t',
    )({
      message_id: 'm',
      app_id: 'a',
      dest_addr: '1',
      content: 'x',
      status: 'HANDED',
      source: 'kafka',
      created_at: new Date(),
      handed_at: new Date(),
    });
    await insertInto(database, 't_submit_result')({ sismsid: 'm', gateway_msg_id: 'g', sentresult: 'OK' });
    await insertInto(database, 't_delivery')(
      { gwid: 'G', smsstatus: 'DeliveryToTerminal' },
      { gwid: null, smsstatus: 'x' },
    );
    await insertInto(database, 't_inbox')({ sourceaddr: '10086', dest_addr: '10698001', messagecontent: 'hi' });
    const { batch } = createCollector(collector, events, names);
    for (const source of ['resp', 'report', 'recv'] as const) await batch(source);
    const { statuses, received, letters } = await events.take();
    expect(statuses.map(({ status }) => status)).toEqual(['SUBMITTED', 'DELIVERED']);
    expect(received).toMatchObject([{ content: 'hi', appId: 'billing' }]);
    expect(letters).toMatchObject([
      { headers: { 'source-table': 'T_DELIVERY' }, row: { ROW_NO: '2', SMSSTATUS: 'x', GWID: null } },
    ]);
    await events.close();
    await database.drop();
  });
});
