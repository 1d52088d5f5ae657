import { connect } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { connectProducer } from '../../services/shared/kafka/create-producer';
import { openRecordSink } from '../../services/shared/kafka/open-record-sink';
import { openTcpProxy } from '../support/tcp-proxy';
import { createTestTopics, readTopic, silentLogger, type TestTopics, testBrokers } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';

const [HOST, PORT] = testBrokers().split(':') as [string, string];

/** kafkajs whose every connection, also to the address that the broker advertises, goes through a proxy. */
const kafkaThrough = (port: number): Kafka =>
  new Kafka({
    brokers: [testBrokers()],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 1_000,
    retry: { initialRetryTime: 20, maxRetryTime: 50, retries: 2 },
    socketFactory: ({ onConnect }) => connect(port, '127.0.0.1', onConnect),
  });

describe('the record sink', () => {
  let world: TestTopics;
  let proxy: Awaited<ReturnType<typeof openTcpProxy>>;
  beforeEach(async () => {
    world = await createTestTopics(1);
    proxy = await openTcpProxy({ host: HOST, port: Number(PORT) });
  });
  afterEach(() => proxy.close());

  const stored = async () =>
    (await readTopic(world.kafka, world.topics.send)).map(({ value }) => value?.toString() ?? '');
  const record = (value: string) => ({ topic: world.topics.send, key: 'k', value: Buffer.from(value) });

  /** The broker stores what is sent, and the acknowledgement is lost, and so is the connection until `heal`. */
  const loseAcknowledgement = async (send: () => Promise<unknown>): Promise<void> => {
    proxy.set('swallow');
    const before = proxy.swallowed();
    const sending = send();
    await waitUntil('the answer is swallowed', () => proxy.swallowed() > before);
    proxy.set('cut');
    await expect(sending).rejects.toThrow();
    proxy.set('pass');
  };

  it('loses nothing after a send that was stored but not acknowledged', async () => {
    const sink = await openRecordSink(kafkaThrough(proxy.port), { logger: silentLogger, retries: 2 });
    await sink.publish([record('first')]);
    await loseAcknowledgement(() => sink.publish([record('second')]));
    expect(sink.problem()).toBeDefined();
    await sink.publish([record('third')]);
    expect(sink.problem()).toBeUndefined();
    await sink.close();
    expect(await stored()).toEqual(['first', 'second', 'third']);
  });

  it('has a reason to throw its producer away: kafkajs’ own would take the next batch for stored', async () => {
    const producer = await connectProducer(kafkaThrough(proxy.port), 2);
    const send = (value: string) => producer.send({ topic: world.topics.send, messages: [{ key: 'k', value }] });
    await send('first');
    await loseAcknowledgement(() => send('second'));
    await send('third');
    await producer.disconnect();
    // should this fail one day because "third" is there, kafkajs has been mended, and the sink may keep its producer
    expect(await stored()).toEqual(['first', 'second']);
  });

  it('stores once what is sent again because the connection broke', async () => {
    const sink = await openRecordSink(kafkaThrough(proxy.port), { logger: silentLogger, retries: 20 });
    await sink.publish([record('first')]);
    proxy.set('swallow');
    const before = proxy.swallowed();
    const sending = sink.publish([record('second')]);
    await waitUntil('the answer is swallowed', () => proxy.swallowed() > before);
    proxy.set('cut');
    proxy.set('pass');
    await sending;
    await sink.publish([record('third')]);
    await sink.close();
    expect(await stored()).toEqual(['first', 'second', 'third']);
  });

  it('gives up a send at its deadline, and goes on', async () => {
    const sink = await openRecordSink(kafkaThrough(proxy.port), { logger: silentLogger, deadlineMs: 300 });
    proxy.set('cut');
    await expect(sink.publish([record('late')])).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE', retryable: true });
    proxy.set('pass');
    await sink.publish([record('next')]);
    await sink.close();
    expect(await stored()).toContain('next');
  });

  it('closes within seconds while Kafka is away', async () => {
    const sink = await openRecordSink(kafkaThrough(proxy.port), { logger: silentLogger });
    proxy.set('swallow');
    const sending = sink.publish([record('never')]).catch((error: Error) => error);
    const startedAt = Date.now();
    await sink.close();
    expect(Date.now() - startedAt).toBeLessThan(8_000);
    await sending;
  });

  it('says which records no broker will take, and takes those of other callers', async () => {
    const sink = await openRecordSink(world.kafka, { logger: silentLogger });
    const outcomes = await Promise.allSettled([
      sink.publish([record('good')]),
      sink.publish([{ topic: world.topics.status, key: null, value: Buffer.from('a compacted topic needs a key') }]),
      sink.publish([{ ...record('large'), value: Buffer.alloc(2_000_000) }]),
    ]);
    expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'ok'))).toEqual([
      'ok',
      'KAFKA_REJECTED',
      'KAFKA_REJECTED',
    ]);
    expect(sink.problem()).toBeUndefined();
    await sink.close();
    expect(new Set(await stored())).toEqual(new Set(['good']));
  });
});
