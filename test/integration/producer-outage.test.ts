import { producerConfig } from '../../services/producer/config';
import { startProducer } from '../../services/producer/wiring/start-producer';
import { loadConfig } from '../../shared/config/define-config';
import { startBehindProxies } from '../support/behind-proxies';
import { type BridgeGround, createBridgeGround } from '../support/bridge-world';
import { call, post } from '../support/http-call';
import { onOneEngine } from '../support/test-engines';
import { silentLogger } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';
import { createProducerWorld, insertRows, KEYS, type ProducerWorld } from './producer-world';

const MESSAGE = { to: '13800138000', content: '停电通知' };

const start = async (world: ProducerWorld) => {
  const config = loadConfig(producerConfig, {
    DATABASE_URL: world.database.url,
    TOPIC_PREFIX: world.prefix,
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: '0',
    HTTP_ANSWER_TIMEOUT_MS: '1500',
  });
  let address = '';
  const logger = Object.assign(Object.create(silentLogger), {
    info: (fields: { address?: string }) => {
      address ||= fields.address ?? '';
    },
  });
  const { codecs, topics } = world;
  const service = await startBehindProxies(
    world.database.url,
    config,
    (context, connected) =>
      startProducer(context, { ...connected, lookUps: connected.db, changes: connected.db, codecs, topics }),
    logger,
  );
  return { ...service, address };
};

onOneEngine('the producer while Kafka or the database is down', (engine) => {
  let ground: BridgeGround;
  let world: ProducerWorld;
  beforeAll(async () => {
    ground = await createBridgeGround({ engine });
  });
  afterAll(() => ground.close());
  let producer: Awaited<ReturnType<typeof start>>;
  beforeEach(async () => {
    world = await createProducerWorld(ground);
    producer = await start(world);
  });
  afterEach(async () => {
    await producer?.close();
    await world.close();
  });
  const send = (headers = {}) => post(producer.address, KEYS.billing, MESSAGE, headers);

  it('keeps rows NEW and publishes none while their table refuses the update, and names the rule', async () => {
    const alter = (change: string) => world.database.db.knex.raw(`ALTER TABLE sm_send_t ${change}`);
    await alter(`ADD CONSTRAINT never_queued_ck CHECK (status <> 'QUEUED')`);
    const rows = await insertRows(world, 'row', 8);
    try {
      await waitUntil('it is reported', () => /NEVER_QUEUED_CK/i.test(producer.problem('intake') ?? ''));
      expect(await world.statusOf('row-00000')).toBe('NEW');
    } finally {
      await alter('DROP CONSTRAINT never_queued_ck');
    }
    await waitUntil('all are taken', async () => (await world.statusOf('row-00007')) === 'QUEUED');
    expect((await world.sent()).map(({ message }) => message.messageId).sort()).toEqual(rows);
    expect(await world.statuses()).toEqual([]);
    await waitUntil('it has no problem', () => producer.problem('intake') === undefined);
  });

  it('answers 503 while Kafka is down, keeps rows NEW, and continues afterwards', async () => {
    producer.kafkaProxy.set('cut');
    const key = { 'idempotency-key': 'k' };
    const refused = await send(key);
    expect([refused.status, refused.headers['retry-after'], refused.body.error.code]).toEqual([
      503,
      '2',
      'UNCONFIRMED',
    ]);
    expect(producer.problem('kafka')).toBeDefined();
    const [row] = await insertRows(world, 'row', 1);
    await waitUntil('the intake has noticed', () => producer.problem('intake') !== undefined);
    expect(await world.statusOf(row!)).toBe('NEW');

    producer.kafkaProxy.set('pass');
    const queued = await waitUntil('it is taken again', async () => {
      const answer = await send(key);
      return answer.status === 202 && answer.body;
    });
    expect(queued.messageId).toBe(refused.body.error.messageIds[0]);
    await waitUntil('the row is queued', async () => (await world.statusOf(row!)) === 'QUEUED');
    expect([producer.problem('kafka'), producer.problem('intake')]).toEqual([undefined, undefined]);
    expect(new Set((await world.sent()).map(({ message }) => message.messageId))).toEqual(
      new Set([queued.messageId, row]),
    );
  });

  it('cancels while Kafka is down, and announces it when Kafka is back', async () => {
    const [row] = await insertRows(world, 'row', 1);
    await waitUntil('the row is queued', async () => (await world.statusOf(row!)) === 'QUEUED');
    producer.kafkaProxy.set('cut');
    const answer = await call(producer.address, `/v1/messages/${row}`, { method: 'DELETE', key: KEYS.billing });
    // the cancellation holds, whether or not the answer came in time
    expect([200, 503]).toContain(answer.status);
    expect(await world.statusOf(row!)).toBe('CANCELLED');
    producer.kafkaProxy.set('pass');
    await waitUntil('it is announced', async () => (await world.statusOf(row!)) === 'CANCELLED final');
    expect((await world.statuses()).map(({ status }) => status)).toContain('CANCELLED');
  });

  it('takes messages while the database is down, and answers 503 where it needs it', async () => {
    expect((await send()).status).toBe(202);
    producer.databaseProxy.set('cut');
    expect((await send()).status).toBe(202);
    expect((await send({ 'idempotency-key': 'k' })).status).toBe(202);
    for (const path of ['/v1/received', '/v1/messages/unknown']) {
      const answer = await call(producer.address, path, { key: KEYS.billing });
      expect([path, answer.status, answer.body.error.code]).toEqual([path, 503, 'UNAVAILABLE']);
    }
    // accounts that were read within the last second suffice to refuse a key
    await waitUntil('an unknown key cannot be checked', async () => {
      const answer = await post(producer.address, 'unknown.secret', MESSAGE);
      return answer.status === 503;
    });
    producer.databaseProxy.set('pass');
    await waitUntil('it is back', async () => {
      const answer = await call(producer.address, '/v1/received', { key: KEYS.billing });
      return answer.status === 200;
    });
    expect((await post(producer.address, 'unknown.secret', MESSAGE)).status).toBe(401);
  });
});
