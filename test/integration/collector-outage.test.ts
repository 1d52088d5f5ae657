import { collectorConfig } from '../../services/report-collector/config';
import { startCollector } from '../../services/report-collector/wiring/start-collector';
import { loadConfig } from '../../shared/config/define-config';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { startBehindProxies } from '../support/behind-proxies';
import { insertRows } from '../support/insert-rows';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';
import { type EventTopics, openEventTopics } from './collector-world';

const start = async (database: TestDatabase, { codecs, topics }: EventTopics) => {
  const { url } = await database.login('sms_collector');
  const config = loadConfig(collectorConfig, { DATABASE_URL: url, REPORT_WAIT_SECONDS: '0' });
  return startBehindProxies(url, config, (context, connected) =>
    startCollector(context, { ...connected, codecs, topics, mapping: loadExchangeMapping() }),
  );
};

onEachEngine('the collector during an outage', (engine) => {
  let database: TestDatabase;
  let events: EventTopics;
  let collector: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    events = await openEventTopics();
    collector = await start(database, events);
  });
  afterEach(async () => {
    await collector?.close();
    await events.close();
    await database.empty();
  });

  const comeIn = (id: string) =>
    insertRows(database.db, 'client_sms_recv', [{ src_addr: '13800138000', dest_addr: '10698001', content: id }]);
  const countOf = async (table: string) =>
    Number((await database.run<{ n: unknown }>(`SELECT count(*) AS n FROM ${table}`))[0]?.n);
  const entered = (count: number) =>
    waitUntil(`${count} rows in sm_receive_t`, async () => (await countOf('sm_receive_t')) === count);

  it.each(['cut', 'swallow'] as const)('of Kafka (%s) keeps the rows, reports it, and continues', async (mode) => {
    await comeIn('before');
    await entered(1);
    collector.kafkaProxy.set(mode);
    await comeIn('during');
    await waitUntil('it to notice', () => collector.problem('recv') !== undefined);
    expect(collector.problem('kafka')).toBeDefined();
    expect(await countOf('client_sms_recv')).toBe(1);
    collector.kafkaProxy.set('pass');
    await entered(2);
    await waitUntil('it to have no problem', () => collector.problem('recv') === undefined);
    await waitUntil('Kafka to have none', () => collector.problem('kafka') === undefined);
    const { received } = await events.take();
    const ids = new Map(received.map(({ content, receivedId }) => [content, receivedId]));
    expect([...ids.keys()]).toEqual(['before', 'during']);
    // a lost acknowledgement repeats the event with its id
    expect(new Set(received.map(({ receivedId }) => receivedId)).size).toBe(2);
  });

  it('of the database reports it, and continues', async () => {
    collector.databaseProxy.set('cut');
    await waitUntil('all four loops to notice', () =>
      ['resp', 'report', 'recv', 'wait'].every((part) => collector.problem(part) !== undefined),
    );
    await comeIn('during');
    collector.databaseProxy.set('pass');
    await entered(1);
    await waitUntil('all four loops to have no problem', () =>
      ['resp', 'report', 'recv', 'wait'].every((part) => collector.problem(part) === undefined),
    );
    expect((await events.take()).received).toMatchObject([{ content: 'during' }]);
  });
});
