import { collectorConfig } from '../../services/report-collector/config';
import { startCollector } from '../../services/report-collector/wiring/start-collector';
import { loadConfig } from '../../shared/config/define-config';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { startBehindProxies } from '../support/behind-proxies';
import { insertRows } from '../support/insert-rows';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';
import { connectTestKafka } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';
import { type EventTopics, openEventTopics } from './collector-world';

const ROWS = 8;

onEachEngine('a collector whose own tables or broker refuse everything', (engine) => {
  let database: TestDatabase;
  let events: EventTopics;
  let collector: Awaited<ReturnType<typeof startBehindProxies>>;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    events = await openEventTopics();
  });
  afterEach(async () => {
    await collector?.close();
    await events.close();
    await database.empty();
  });

  const pg = engine === 'pg';
  const run = async (...statements: readonly string[]): Promise<void> => {
    for (const text of statements) await database.db.knex.raw(text);
  };
  const start = async (): Promise<void> => {
    const { url } = await database.login('sms_collector');
    const config = loadConfig(collectorConfig, { DATABASE_URL: url, REPORT_WAIT_SECONDS: '0' });
    collector = await startBehindProxies(url, config, (context, connected) =>
      startCollector(context, {
        ...connected,
        codecs: events.codecs,
        topics: events.topics,
        mapping: loadExchangeMapping(),
      }),
    );
  };
  const started = async (): Promise<void> => {
    await start();
    await waitUntil('the tables are tried', () => collector.problem('tables') === undefined);
  };
  const count = async (table: string): Promise<number> =>
    Number((await database.run<{ n: unknown }>(`SELECT count(*) AS n FROM ${table}`))[0]?.n);
  const inbound = (of: number) =>
    insertRows(
      database.db,
      'client_sms_recv',
      Array.from({ length: of }, (_, at) => ({ src_addr: '13800138000', dest_addr: '10698001', content: `t ${at}` })),
    );
  const rests = (part: string, says: RegExp): Promise<unknown> =>
    waitUntil(
      () => `${part} to rest because of ${says}: ${collector.problem(part)}`,
      () => says.test(collector.problem(part) ?? ''),
    );
  const noLetters = async (): Promise<void> => expect((await events.take()).letters).toEqual([]);

  it('keeps every row while a column of SM_RECEIVE_T must not be empty, and receives all afterwards', async () => {
    await started();
    await run(`ALTER TABLE sm_receive_t ADD region_code ${pg ? 'varchar(4)' : 'VARCHAR2(4)'} NOT NULL`);
    try {
      await inbound(ROWS);
      await rests('recv', /SM_RECEIVE_T.*REGION_CODE/i);
      expect(await count('client_sms_recv')).toBe(ROWS);
    } finally {
      await run('ALTER TABLE sm_receive_t DROP COLUMN region_code');
    }
    await waitUntil('all of them', async () => (await count('sm_receive_t')) === ROWS);
    await waitUntil('it has no problem', () => collector.problem('recv') === undefined);
    await noLetters();
  });

  it('reports at its start a check in SM_RECEIVE_T that the longest text breaks, and continues without it', async () => {
    await run('ALTER TABLE sm_receive_t ADD CONSTRAINT short_ck CHECK (LENGTH(content) < 100)');
    try {
      await inbound(ROWS);
      await start();
      await rests('tables', /SHORT_CK/i);
      expect(await count('client_sms_recv')).toBe(ROWS);
    } finally {
      await run('ALTER TABLE sm_receive_t DROP CONSTRAINT short_ck');
    }
    await waitUntil('all of them', async () => (await count('sm_receive_t')) === ROWS);
    await noLetters();
  });

  it('keeps every row while a check in SM_SEND_T refuses all submit results', async () => {
    const now = new Date();
    await insertRows(
      database.db,
      'sm_send_t',
      Array.from({ length: ROWS }, (_, at) => ({
        message_id: `m-${at}`,
        app_id: 'billing',
        dest_addr: '8613800138000',
        content: 'x',
        status: 'HANDED',
        source: 'kafka',
        created_at: now,
        handed_at: now,
      })),
    );
    await started();
    await run("ALTER TABLE sm_send_t ADD CONSTRAINT only_handed_ck CHECK (status = 'HANDED')");
    try {
      await insertRows(
        database.db,
        'client_sms_resp',
        Array.from({ length: ROWS }, (_, at) => ({ msg_id: `m-${at}`, gateway_msg_id: `g-${at}`, result: '0' })),
      );
      await rests('resp', /ONLY_HANDED_CK/i);
      expect(await count('client_sms_resp')).toBe(ROWS);
    } finally {
      await run('ALTER TABLE sm_send_t DROP CONSTRAINT only_handed_ck');
    }
    await waitUntil('all settled', async () => (await count("sm_send_t WHERE status = 'SUBMITTED'")) === ROWS);
    await noLetters();
  });

  it('keeps every row while a time is text, and names the column', async () => {
    const make = (type: string) =>
      run('ALTER TABLE client_sms_report DROP COLUMN done_time', `ALTER TABLE client_sms_report ADD done_time ${type}`);
    await make(pg ? 'varchar(12)' : 'VARCHAR2(12)');
    const report = { gateway_msg_id: 'g', stat: 'DELIVRD', done_time: '2612010800' };
    try {
      await start();
      await insertRows(database.db, 'client_sms_report', [report]);
      await waitUntil(
        () => `the column to be named: ${collector.problem('report')}, ${collector.problem('tables')}`,
        () => /DONE_TIME.*must be a time.*null/i.test(`${collector.problem('report')} ${collector.problem('tables')}`),
      );
      expect(await count('client_sms_report')).toBe(1);
    } finally {
      await make(pg ? 'timestamptz(3)' : 'TIMESTAMP(3)');
    }
    await waitUntil('it is taken', async () => (await count('client_sms_report')) === 0);
    await noLetters();
  });

  it('keeps every row while the broker refuses all records of the topic', async () => {
    const admin = connectTestKafka().admin();
    await admin.connect();
    const limit = (bytes: string) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          { type: 2, name: events.topics.received, configEntries: [{ name: 'max.message.bytes', value: bytes }] },
        ],
      });
    try {
      await started();
      await limit('80');
      await inbound(ROWS);
      await rests('recv', /./);
      await waitUntil('it has tried again', () => /REJECTED|LARGE|large/.test(collector.problem('recv') ?? ''));
      expect(await count('client_sms_recv')).toBe(ROWS);
      await limit('1000000');
      await waitUntil('all of them', async () => (await count('sm_receive_t')) === ROWS);
      await noLetters();
    } finally {
      await admin.disconnect();
    }
  });
});
