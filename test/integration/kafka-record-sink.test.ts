import { connect } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { connectProducer } from '../../shared/kafka/kafkajs/create-producer';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import { openTcpProxy } from '../support/tcp-proxy';
import { createTestTopics, readTopic, silentLogger, type TestTopics, testBrokers } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';

const [HOST, PORT] = testBrokers().split(':') as [string, string];

/** Its number in Kafka's protocol. */
const INIT_PRODUCER_ID = 22;

/**
 * Creates a kafkajs client whose connections all go through a proxy, also those to advertised
 * addresses.
 */
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

  /** The broker stores the records; the acknowledgement and the connection are lost. */
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

  it('replaces its producer for a reason: the broker would take the next batch for a duplicate', async () => {
    const producer = kafkaThrough(proxy.port).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      retry: { retries: 2 },
    });
    await producer.connect();
    const send = (value: string) => producer.send({ topic: world.topics.send, messages: [{ key: 'k', value }] });
    await send('first');
    await loseAcknowledgement(() => send('second'));
    await send('third');
    await producer.disconnect();
    // kafkajs' own producer continues with the sequence number of the rejected batch
    expect(await stored()).toEqual(['first', 'second']);
  });

  it('has a producer that refuses further sends after a rejected one', async () => {
    const producer = await connectProducer(kafkaThrough(proxy.port), 2);
    await producer.send([record('first')]);
    await loseAcknowledgement(() => producer.send([record('second')]));
    await expect(producer.send([record('third')])).rejects.toThrow('make a new producer');
    await producer.disconnect();
  });

  it.each([
    ['the connection broke', ['cut', 'pass']],
    ['no answer came', ['pass']],
  ] as const)('stores a repeated send once when %s', async (_why, then) => {
    const sink = await openRecordSink(kafkaThrough(proxy.port), { logger: silentLogger, retries: 20 });
    await sink.publish([record('first')]);
    proxy.set('swallow');
    const before = proxy.swallowed();
    const sending = sink.publish([record('second')]);
    await waitUntil('the answer is swallowed', () => proxy.swallowed() > before);
    for (const mode of then) proxy.set(mode);
    await sending;
    await sink.publish([record('third')]);
    await sink.close();
    expect(await stored()).toEqual(['first', 'second', 'third']);
  });

  it('does not send a record that was given up during connecting', async () => {
    let introduced = 0;
    const watching = await openTcpProxy({ host: HOST, port: Number(PORT) }, (bytes) => {
      if (bytes.length > 6 && bytes.readInt16BE(4) === INIT_PRODUCER_ID) introduced += 1;
      return false;
    });
    const sink = await openRecordSink(kafkaThrough(watching.port), { logger: silentLogger, deadlineMs: 300 });
    watching.set('cut');
    await expect(sink.publish([record('cut')])).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
    watching.set('swallow');
    await expect(sink.publish([record('connecting')])).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
    const before = introduced;
    watching.set('pass');
    await waitUntil('the producer is connected again', () => introduced > before);
    // longer than a send would take
    expect(await stored()).toEqual([]);
    await sink.publish([record('next')]);
    await sink.close();
    await watching.close();
    expect(await stored()).toEqual(['next']);
  });

  it('sends key, headers and timestamp; key and headers are optional', async () => {
    const sink = await openRecordSink(world.kafka, { logger: silentLogger });
    const startedAt = Date.now();
    const headers = { text: 'words', bytes: Buffer.from([0, 255]) };
    await sink.publish([
      { topic: world.topics.send, key: null, value: Buffer.from('bare') },
      { topic: world.topics.send, key: Buffer.from('k'), value: null, headers },
    ]);
    await sink.close();
    const [bare, full] = await readTopic(world.kafka, world.topics.send);
    expect(bare).toMatchObject({ key: null, value: Buffer.from('bare'), headers: {} });
    expect(full).toMatchObject({ key: Buffer.from('k'), value: null });
    expect(full?.headers).toEqual({ text: Buffer.from('words'), bytes: Buffer.from([0, 255]) });
    for (const message of [bare, full]) expect(Number(message?.timestamp)).toBeGreaterThanOrEqual(startedAt - 1_000);
  });

  it('gives a send up at its deadline, and continues', async () => {
    const sink = await openRecordSink(kafkaThrough(proxy.port), { logger: silentLogger, deadlineMs: 300 });
    proxy.set('cut');
    await expect(sink.publish([record('late')])).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE', retryable: true });
    proxy.set('pass');
    await sink.publish([record('next')]);
    await sink.close();
    expect(await stored()).toContain('next');
  });

  it('closes within seconds while Kafka is down', async () => {
    const sink = await openRecordSink(kafkaThrough(proxy.port), { logger: silentLogger });
    proxy.set('swallow');
    const sending = sink.publish([record('never')]).catch((error: Error) => error);
    const startedAt = Date.now();
    await sink.close();
    expect(Date.now() - startedAt).toBeLessThan(8_000);
    await sending;
  });

  it('names the records that every broker refuses, and sends those of other callers', async () => {
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
