import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { openBatchSource } from '../../shared/kafka/kafkajs/open-batch-source';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import type { BatchSource } from '../../shared/kafka/ports';
import { openTcpProxy } from '../support/tcp-proxy';
import { createTestTopics, silentLogger, type TestTopics, testBrokers } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';

const JOIN_GROUP = 11;
const SYNC_GROUP = 14;

/** A group waits this long for a member that is gone. */
const SESSION_TIMEOUT_MS = 30_000;
const AT_ONCE_MS = 10_000;

type Proxy = Awaited<ReturnType<typeof openTcpProxy>>;

describe('a consumer whose connection breaks while it joins its group', () => {
  let world: TestTopics;
  let sources: BatchSource[];
  let proxies: Proxy[];
  let values: string[];
  let errors: Error[];
  beforeEach(async () => {
    world = await createTestTopics(2);
    [sources, proxies, values, errors] = [[], [], [], []];
  });
  afterEach(async () => {
    await Promise.all(sources.map((source) => source.close()));
    await Promise.all(proxies.map((proxy) => proxy.close()));
  });

  /** Opens a proxy that calls `breaks` instead of forwarding the n-th request of a kind. */
  const openProxy = async (kind: number, nth: number, act: (proxy: Proxy) => 'breaks' | 'passes'): Promise<Proxy> => {
    const [host, port] = testBrokers().split(':') as [string, string];
    let seen = 0;
    // a request is its length (4 bytes), then its API key
    const proxy = await openTcpProxy({ host, port: Number(port) }, (bytes) => {
      if (bytes.length <= 6 || bytes.readInt16BE(4) !== kind) return false;
      seen += 1;
      return seen === nth && act(proxy) === 'breaks';
    });
    proxies.push(proxy);
    return proxy;
  };
  /** The broker gets the request; its answer is lost together with the connection. */
  const loseAnswer = (proxy: Proxy): 'passes' => {
    const before = proxy.swallowed();
    proxy.set('swallow');
    void waitUntil('the answer', () => proxy.swallowed() > before).then(() => {
      proxy.set('cut');
      proxy.set('pass');
    });
    return 'passes';
  };

  const open = async (groupId: string, clientId: string, proxy?: Proxy, remembers = false): Promise<BatchSource> => {
    const kafka = new Kafka({
      brokers: [testBrokers()],
      clientId,
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 50, retries: 2 },
      ...(proxy === undefined ? {} : { socketFactory: ({ onConnect }) => connect(proxy.port, '127.0.0.1', onConnect) }),
    });
    const source = await openBatchSource(
      kafka,
      {
        groupId,
        topic: world.topics.send,
        instanceId: clientId,
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
        logger: silentLogger,
        ...(remembers ? { members: { load: async () => undefined, save: async () => undefined } } : {}),
      },
      {
        onAssigned: async () => new Map(),
        onBatch: ({ partition, records }) => void values.push(...records.map(({ value }) => `${value}${partition}`)),
        onFatal: (error) => void errors.push(error),
      },
    );
    sources.push(source);
    return source;
  };
  const publish = async (value: string): Promise<void> => {
    const sink = await openRecordSink(world.kafka, { logger: silentLogger });
    const record = { topic: world.topics.send, key: null, value: Buffer.from(value) };
    await sink.publish([0, 1].map((partition) => ({ ...record, partition })));
    await sink.close();
  };
  const untilRead = async (...expected: readonly string[]): Promise<void> => {
    await waitUntil(
      () => ({ values, expected }),
      () => expected.every((value) => values.includes(value)),
      AT_ONCE_MS,
    );
    expect(errors).toEqual([]);
  };

  it('reads at once after it has joined and the assignment is lost', async () => {
    await publish('a');
    await open(randomUUID(), 'one', await openProxy(SYNC_GROUP, 1, () => 'breaks'));
    await untilRead('a0', 'a1');
  });

  it('reads at once after the answer to its join is lost', async () => {
    await publish('a');
    // the first join only asks for a member id
    await open(randomUUID(), 'one', await openProxy(JOIN_GROUP, 2, loseAnswer));
    await untilRead('a0', 'a1');
  });

  it('leaves no partition unread when another consumer is in the group', async () => {
    const groupId = randomUUID();
    const other = await open(groupId, 'other');
    await publish('a');
    await untilRead('a0', 'a1');
    const joining = await open(groupId, 'one', await openProxy(SYNC_GROUP, 1, () => 'breaks'));
    await waitUntil(
      () => [other.assigned(), joining.assigned()],
      () => joining.assigned().length === 1 && other.assigned().length === 1,
      AT_ONCE_MS,
    );
    await publish('b');
    await untilRead('b0', 'b1');
  });

  it('does not delay its successor when its process ends there', async () => {
    await publish('a');
    const groupId = randomUUID();
    let gone = false;
    const proxy = await openProxy(SYNC_GROUP, 1, (of) => {
      of.set('cut');
      gone = true;
      return 'breaks';
    });
    await open(groupId, 'one', proxy, true);
    await waitUntil('it is gone', () => gone);
    const successor = open(groupId, 'one', undefined, true);
    await untilRead('a0', 'a1');
    await successor;
  });
});
