import { type BridgeWorld, createBridgeWorld, manyMessages } from '../support/bridge-world';
import { runCli } from '../support/run-cli';
import { onOneEngine } from '../support/test-engines';
import { testBrokers } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';

const PARTITIONS = 3;

onOneEngine("a publisher's transaction that stays open", (engine) => {
  let world: BridgeWorld;
  beforeAll(async () => {
    world = await createBridgeWorld({ engine, partitions: PARTITIONS });
  });
  afterAll(() => world.close());

  it('delays the records after it, and the relay, its metrics and the doctor report it; a short one is not reported', async () => {
    const relay = world.start('exchange-relay');
    const port = await relay.ready();
    const handOver = async (): Promise<string | undefined> => {
      const answer = await fetch(`http://127.0.0.1:${port}/health/ready`);
      return ((await answer.json()) as { problems?: Record<string, string> }).problems?.['hand-over'];
    };
    const metric = async (name: string): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const values = [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (.+)$`, 'gm'))].map(([, value]) =>
        Number(value),
      );
      return Math.max(...values);
    };
    const handed = async (): Promise<number> =>
      Number((await world.database.run<{ n: string }>('SELECT count(*) AS n FROM client_sms_send'))[0]?.n);
    const values = (prefix: string, count: number) =>
      manyMessages(prefix, count).map((message) => world.codecs.send.encode(message));
    const producer = world.kafka.producer({
      transactionalId: `${world.prefix}publisher`,
      transactionTimeout: 300_000,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    const begin = async (prefix: string) => {
      const transaction = await producer.transaction();
      const messages = values(prefix, PARTITIONS).map((value, partition) => ({ value, partition }));
      await transaction.send({ topic: world.topics.send, messages });
      return transaction;
    };

    await (await begin('committed')).commit();
    await (await begin('aborted')).abort();
    await waitUntil('committed ones are handed over', async () => (await handed()) === PARTITIONS);
    await waitUntil('nothing is unhandled, markers are none', async () => {
      return (
        (await metric('sms_relay_oldest_unhandled_seconds')) === 0 && (await metric('sms_relay_consumer_lag')) === 0
      );
    });

    const open = await begin('open');
    await world.sink.publish(
      values('after', 30).map((value, i) => ({
        topic: world.topics.send,
        key: null,
        value,
        partition: i % PARTITIONS,
      })),
    );
    await waitUntil('lag is seen', async () => (await metric('sms_relay_consumer_lag')) === 11);
    await waitUntil(
      async () => ({ problem: await handOver() }),
      async () => /last stable offset 11 behind/.test((await handOver()) ?? ''),
      30_000,
    );
    expect(await metric('sms_relay_oldest_unhandled_seconds')).toBeGreaterThan(9);
    const args = ['doctor', '--kafka', testBrokers(), '--topic-prefix', world.prefix, '--json'];
    const doctor = await runCli([...args, '--database', world.database.url]);
    expect(doctor.json().find(({ check }) => check === `transactions: ${world.topics.send}`)).toMatchObject({
      state: 'failed',
    });
    expect(doctor.stdout).toMatch(/last stable offset behind: partition 0 by 11, partition 1 by 11, partition 2 by 11/);
    expect(await handed()).toBe(PARTITIONS);

    await open.abort();
    await producer.disconnect();
    await waitUntil('the record after it is handed over', async () => (await handed()) === PARTITIONS + 30);
    await waitUntil('it is ready again', async () => (await handOver()) === undefined);
    expect(await metric('sms_relay_oldest_unhandled_seconds')).toBe(0);
  });

  it('is reported by the archiver for acknowledgements, even when it was open before the archiver started', async () => {
    const ack = (receivedId: string): Buffer =>
      world.codecs.receivedAck.encode({ receivedId, appId: 'billing', processedAt: Date.now() });
    const producer = world.kafka.producer({
      transactionalId: `${world.prefix}acknowledging`,
      transactionTimeout: 300_000,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    const open = await producer.transaction();
    const topic = world.topics.receivedAck;
    await open.send({ topic, messages: [{ value: ack('in-transaction'), partition: 0 }] });
    await world.sink.publish([1, 2, 3].map((i) => ({ topic, key: null, value: ack(`after-${i}`), partition: 0 })));

    const port = await world.start('archiver', { HTTP_PORT: '0' }).ready();
    const problem = async (): Promise<string | undefined> => {
      const answer = await fetch(`http://127.0.0.1:${port}/health/ready`);
      return ((await answer.json()) as { problems?: Record<string, string> }).problems?.acknowledgements;
    };
    const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    await waitUntil(
      async () => ({ problem: await problem() }),
      async () => /last stable offset 4 behind/.test((await problem()) ?? ''),
      30_000,
    );
    expect(await metrics()).toMatch(/^sms_archiver_consumer_lag\{partition="0"\} 4$/m);
    expect(Number(/^sms_archiver_oldest_unhandled_seconds (.+)$/m.exec(await metrics())?.[1])).toBeGreaterThan(9);

    await open.commit();
    await producer.disconnect();
    await waitUntil('it is ready again', async () => (await problem()) === undefined);
    await waitUntil('nothing is unhandled, markers are none', async () => {
      const text = await metrics();
      return (
        /^sms_archiver_oldest_unhandled_seconds 0$/m.test(text) &&
        /^sms_archiver_consumer_lag\{partition="0"\} 0$/m.test(text)
      );
    });
  });
});
