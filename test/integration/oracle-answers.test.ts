import type { DatabaseRole } from '../../cli/accounts/login';
import { checkAnswers } from '../../cli/doctor/oracle-answers';
import { answersSwitch } from '../../cli/migrate/switch-answers';
import type { Database } from '../../shared/database/database';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { findKeptAnswers } from '../../shared/service/answers-in-database';
import { insertRows, type Row } from '../support/insert-rows';
import { runCli } from '../support/run-cli';
import { type ServiceName, startService } from '../support/service-process';
import type { TestLogin } from '../support/test-database';
import { onOracle } from '../support/test-engines';
import { testBrokers } from '../support/test-kafka';
import { useCollector } from './collector-world';

const MAPPING = loadExchangeMapping();
const OPTIONS = { tablespaces: false };
const { on, off, isOn } = answersSwitch('oracledb');

onOracle('replies that the database settles', () => {
  const world = useCollector('oracledb');
  const { collector, events, database, ledger, archived, states, count } = world;
  let province: TestLogin;
  const db = (): Database => database().db;
  const switchOn = () => on(db(), MAPPING, OPTIONS, 'CN');
  const switchOff = () => off(db(), MAPPING);

  /** With the province's own account, which may only insert. */
  const provinceInserts = (table: string, ...rows: readonly Row[]) => insertRows(province.db, table, rows);
  const resp = (...rows: readonly Row[]) => provinceInserts(MAPPING.tables.resp, ...rows);
  const report = (...rows: readonly Row[]) => provinceInserts(MAPPING.tables.report, ...rows);
  const recv = (...rows: readonly Row[]) => provinceInserts(MAPPING.tables.recv, ...rows);
  const exchangeRows = async () =>
    (await Promise.all(Object.values(MAPPING.tables).map((table) => count(table)))).reduce(
      (sum, rows) => sum + rows,
      0,
    );
  const collectAll = async () => {
    const { batch } = collector();
    for (const name of ['resp', 'report', 'recv'] as const) await batch(name);
    // reports about the history wait a moment for the live table
    await collector({ now: () => Date.now() + 1_000 }).batch('wait');
    return events().take();
  };

  beforeAll(async () => {
    province = await database().login('sms_province');
  });
  afterEach(() => switchOff());

  it('are off by default, and every service notices when they are on', async () => {
    const logins = await Promise.all(
      (['sms_producer', 'sms_relay', 'sms_collector', 'sms_archiver'] as const).map((role) => database().login(role)),
    );
    const seen = () => Promise.all(logins.map((login) => findKeptAnswers(login.db)));
    expect(await seen()).toEqual([undefined, undefined, undefined, undefined]);
    await switchOn();
    const owner = new URL(database().url).username;
    expect(await seen()).toEqual([owner, owner, owner, owner]);
    expect(await isOn(db())).toBe(true);
    // repeating it is allowed: a release with other triggers installs them this way
    await switchOn();
    await switchOff();
    expect([await isOn(db()), await switchOff(), await findKeptAnswers(db())]).toEqual([false, 0, undefined]);
    const left = await db().oracle.execute<{ trigger_name: string }>('SELECT TRIGGER_NAME FROM USER_TRIGGERS');
    expect(left.rows.map(({ trigger_name }) => trigger_name)).toEqual(['SM_SEND_T_FILL_IN']);
  });

  it('reach the ledger at once, and their events follow with the identity of their rows', async () => {
    await switchOn();
    for (const id of ['m-1', 'm-2', 'm-3', 'm-4']) await ledger(id);
    await archived('m-5');
    await report({ gateway_msg_id: '00ab2', dest_addr: '13800138000', stat: 'UNDELIV' });
    await resp(
      { msg_id: 'm-1', gateway_msg_id: 'AB1', result: '0' },
      { msg_id: 'm-2', gateway_msg_id: 'AB2', result: '0' },
      { msg_id: 'm-3', gateway_msg_id: 'AB3', result: '13' },
      { msg_id: 'm-5', gateway_msg_id: 'AB5', result: '000' },
      { msg_id: 'unknown', gateway_msg_id: 'AB9', result: '0' },
    );
    await report(
      { gateway_msg_id: 'ab1', stat: 'DELIVRD' },
      { gateway_msg_id: 'ab1', stat: 'UNDELIV' },
      { msg_id: 'm-5', gateway_msg_id: 'AB5', stat: 'ENROUTE' },
      { msg_id: 'm-4', stat: 'EXPIRED' },
    );
    expect(await exchangeRows()).toBe(0);
    const settled = [
      ['m-1', 'DELIVERED', true],
      ['m-2', 'UNDELIVERED', true],
      ['m-3', 'SUBMIT_FAILED', true],
      ['m-4', 'EXPIRED', true],
    ];
    const short = async (table?: string) => (await states(table)).map((row) => [row.message_id, row.status, row.final]);
    expect(await short()).toEqual(settled);
    expect(await short('sm_send_t_log')).toEqual([['m-5', 'SUBMITTED', false]]);
    const before = await states();
    // a collector that runs meanwhile finds nothing, and reports nothing
    expect((await collectAll()).statuses).toEqual([]);

    expect(await switchOff()).toBe(10);
    const { statuses, letters } = await collectAll();
    expect(letters).toEqual([]);
    expect(statuses.map(({ messageId, status, matched }) => `${messageId} ${status} ${matched}`).sort()).toEqual(
      [
        ...['m-1 DELIVERED true', 'm-1 DELIVERED true', 'm-1 DELIVERED true'],
        ...['m-2 UNDELIVERED true', 'm-2 UNDELIVERED true'],
        ...['m-3 SUBMIT_FAILED true', 'm-4 EXPIRED true', 'gateway:unknown SUBMITTED false'],
        ...['m-5 SUBMITTED true', 'm-5 SUBMITTED true'],
      ].sort(),
    );
    expect(new Set(statuses.map(({ eventId }) => eventId)).size).toBe(10);
    expect(await states()).toEqual(before);
    expect([await exchangeRows(), (await collectAll()).statuses]).toEqual([0, []]);
  });

  it('move all rows of one statement, and nothing of a transaction that is rolled back', async () => {
    await switchOn();
    await world.into('sm_send_t')(...Array.from({ length: 500 }, (_, at) => world.message(`m-${at + 1}`, {})));
    const many = `INSERT INTO CLIENT_SMS_RESP (MSG_ID, GATEWAY_MSG_ID, RESULT) SELECT 'm-' || TO_CHAR(LEVEL), 'g' || TO_CHAR(LEVEL), '0' FROM DUAL CONNECT BY LEVEL <= 500`;
    await expect(
      province.db.transaction(async ({ oracle }) => {
        await oracle.execute(many);
        throw new Error('the province rolls back');
      }),
    ).rejects.toThrow();
    expect([await count('sm_resp_kept'), await exchangeRows()]).toEqual([0, 0]);
    await province.db.oracle.execute(many);
    expect([await count('sm_resp_kept'), await exchangeRows()]).toEqual([500, 0]);
    expect(await count(`sm_send_t WHERE status = 'SUBMITTED' AND gateway_msg_id LIKE 'g%'`)).toBe(500);
  });

  it('show an application its received message at once; the event follows with the same id', async () => {
    await world.into('login_user')(
      { username: 'BILLING', app_id: 'billing', ext_code: '01', role: 'application' },
      { username: 'OUTAGE', app_id: 'outage', ext_code: '0188', role: 'application' },
    );
    const at = new Date('2026-11-24T08:00:00.123Z');
    const row = { dest_addr: '10698001', recv_time: at };
    await switchOn();
    await recv(
      { ...row, src_addr: '13800138000', content: '收到 👍' },
      { ...row, src_addr: '+8613800138001', dest_addr: '+86 1069800188', content: null },
      { ...row, src_addr: '010-62345678', dest_addr: '999', content: 'TD', recv_time: null },
      { ...row, src_addr: '13800138003', content: '很'.repeat(700) },
      { ...row, src_addr: null, content: 'from unknown' },
    );
    const entered = () =>
      database().run<{ received_id: string; src_addr: string; app_id: string }>(
        'SELECT received_id, src_addr, app_id, ext_code FROM sm_receive_t ORDER BY src_addr',
      );
    const shown = await entered();
    expect(shown.map(({ src_addr, app_id }) => [src_addr, app_id])).toEqual([
      ['010-62345678', null],
      ['8613800138000', 'billing'],
      ['8613800138001', 'outage'],
    ]);
    expect([await exchangeRows(), await switchOff()]).toEqual([0, 5]);
    expect(await entered()).toEqual([]);
    const { received, letters } = await collectAll();
    expect(letters).toHaveLength(1);
    expect(received).toHaveLength(4);
    const ids = new Set(received.map(({ receivedId }) => receivedId));
    for (const { received_id } of shown) expect([received_id, ids.has(received_id)]).toEqual([received_id, true]);
    expect((await entered()).map(({ src_addr }) => src_addr)).toEqual([
      '861062345678',
      '8613800138000',
      '8613800138001',
      '8613800138003',
    ]);
  });

  it('leave a received message as it is when the night job has published it, or it was acknowledged', async () => {
    await switchOn();
    const texts = [
      'offered',
      'acknowledged',
      'archived',
      'archived acknowledged',
      'archived without an event',
      'untouched',
    ];
    await recv(...texts.map((content) => ({ src_addr: '13800138000', dest_addr: '10698001', content })));
    const change = (content: string, set: string) =>
      database().run(`UPDATE sm_receive_t SET ${set} WHERE content = $1`, [content]);
    await change('offered', 'attempt = 2');
    await change('acknowledged', `processed_at = received_at, processed_by = 'billing'`);
    await change('archived', 'attempt = 5');
    await change('archived acknowledged', `processed_at = received_at, processed_by = 'outage'`);
    const columns =
      'received_id, src_addr, dest_addr, content, received_at, recorded_at, offered_at, processed_at, processed_by, attempt';
    await database().run(
      `INSERT INTO sm_receive_t_log (${columns}, archived_at, outcome) SELECT ${columns}, recorded_at, 'unprocessed' FROM sm_receive_t WHERE content LIKE 'archived%'`,
    );
    await database().run(`DELETE FROM sm_receive_t WHERE content LIKE 'archived%'`);
    await switchOff();
    const { received } = await collectAll();
    // another event would be a repetition; 'archived' would return to the live table beside the
    // history, so it is left out
    expect(received.map(({ content }) => content).sort()).toEqual(texts.filter((text) => text !== 'archived').sort());
    const rows = await database().run(`SELECT content, attempt, processed_by FROM sm_receive_t ORDER BY content`);
    expect(rows.map(({ content, attempt, processed_by }) => [content, Number(attempt), processed_by])).toEqual([
      ['acknowledged', 1, 'billing'],
      ['archived acknowledged', 1, 'outage'],
      ['archived without an event', 1, null],
      ['offered', 2, null],
      ['untouched', 1, null],
    ]);
    expect(await count('sm_receive_t_log')).toBe(1);
  });

  it('are returned once, even when that is interrupted and started again', async () => {
    await switchOn();
    await ledger('m-1');
    await resp({ msg_id: 'm-1', gateway_msg_id: 'g', result: '0' });
    await report({ msg_id: 'm-1', stat: 'DELIVRD' });
    await db().oracle.execute(`ALTER TABLE CLIENT_SMS_REPORT ADD CONSTRAINT FULL_CK CHECK (STAT <> 'DELIVRD')`);
    await expect(switchOff()).rejects.toMatchObject({ code: 'DB_DATA' });
    await db().oracle.execute('ALTER TABLE CLIENT_SMS_REPORT DROP CONSTRAINT FULL_CK');
    expect([await count('client_sms_resp'), await count('client_sms_report'), await isOn(db())]).toEqual([1, 0, true]);
    expect([await switchOff(), await isOn(db())]).toEqual([1, false]);
    expect((await collectAll()).statuses).toHaveLength(2);
  });

  it('wait for an open transaction of the province', async () => {
    await switchOn();
    await province.db.transaction(async ({ oracle }) => {
      await oracle.execute(
        `INSERT INTO CLIENT_SMS_RECV (SRC_ADDR, DEST_ADDR, CONTENT) VALUES ('13800138000', '10698001', 'late')`,
      );
      await expect(switchOff()).rejects.toMatchObject({ code: 'DB_LOCKED' });
    });
    expect(await switchOff()).toBe(1);
    expect((await collectAll()).received).toHaveLength(1);
  });

  it('are switched by `sms-bridge migrate`, and reported by the doctor and each service', async () => {
    const migrate = async (mode: Record<string, string>, ...args: string[]) => {
      const env = { TZ: 'UTC', ORACLE_TABLESPACES: 'off', ...mode };
      const { code, stderr, json } = await runCli(['migrate', '--json', '--database', database().url, ...args], {
        env,
      });
      return { code, stderr, lines: code === 0 ? json() : [] };
    };
    const { db: login } = await database().login('sms_relay');
    expect(await checkAnswers(login)).toMatchObject({ state: 'ok', detail: 'off: the collector settles them' });
    expect(await migrate({ ORACLE_ANSWERS_IN_DATABASE: 'on' })).toMatchObject({ lines: [{ answersInDatabase: 'on' }] });
    await report({ msg_id: 'm-1', stat: 'DELIVRD' });
    expect(await checkAnswers(login)).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining(', 1 are kept'),
    });
    await database().run(`UPDATE sm_report_kept SET kept_at = $1`, [new Date(Date.now() - 73 * 3_600_000)]);
    expect(await checkAnswers(login)).toMatchObject({
      detail: expect.stringContaining('1 reports for more than 72 hours'),
      advice: expect.stringContaining('REPORT_WINDOW_HOURS'),
    });
    // without an option nothing changes, and no migration goes down below them
    expect((await migrate({})).lines).toEqual([]);
    expect(await migrate({}, '--down', '--yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('first run ORACLE_ANSWERS_IN_DATABASE=off sms-bridge migrate'),
    });
    const { topics } = events();
    const prefix = topics.send.replace(/sms\.send$/, '');
    const starts = async (service: ServiceName): Promise<number> => {
      const { url } = await database().login(`sms_${service.replace(/^.*-/, '')}` as DatabaseRole);
      const kafka = { KAFKA_BROKERS: testBrokers(), TOPIC_PREFIX: prefix };
      const started = startService(service, { TZ: 'UTC', DATABASE_URL: url, ...kafka, HTTP_PORT: '0' });
      await started.ready();
      const said = started.log.filter(({ msg }) => msg.startsWith('the database settles replies'));
      expect(await started.stop()).toBe(0);
      return said.length;
    };
    const services = ['report-collector', 'exchange-relay', 'archiver', 'producer'] as const;
    expect(await Promise.all(services.map(starts))).toEqual([1, 1, 1, 1]);
    expect(await migrate({ ORACLE_ANSWERS_IN_DATABASE: 'off' })).toMatchObject({
      stderr: expect.stringContaining('1 reports were kept for more than 72 hours: with REPORT_WINDOW_HOURS=72'),
      lines: [{ answersInDatabase: 'off', given: 1 }],
    });
    expect(await isOn(db())).toBe(false);
  });
});
