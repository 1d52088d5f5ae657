import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { createKafka } from '../../../shared/kafka/kafkajs/create-kafka';
import { fetchedOffsetOf } from '../../../shared/kafka/kafkajs/private-api';
import { silentLogger } from '../../support/test-kafka';

const README = 'read shared/kafka/kafkajs/README.md before you upgrade';
const ROOT = dirname(require.resolve('kafkajs/package.json'));

type Class = { readonly prototype: object };
type Errors = Record<string, new (...values: unknown[]) => Error & { readonly retriable: boolean }>;
type Queue = { pending: object[]; throttledUntil: number; throttleCheckTimeoutId: NodeJS.Timeout | null };

const Broker = require('kafkajs/src/broker') as new (options: object) => object;
const Cluster = require('kafkajs/src/cluster') as Class;
const BrokerPool = require('kafkajs/src/cluster/brokerPool') as Class;
const RequestQueue = require('kafkajs/src/network/requestQueue') as Class &
  (new (
    options: object,
  ) => Queue & Record<string, () => void>);
const Batch = require('kafkajs/src/consumer/batch') as new (topic: string, offset: string, data: object) => never;
const errors = require('kafkajs/src/errors') as Errors;

const newKafka = () => new Kafka({ brokers: ['none:1'], logLevel: logLevel.NOTHING });
const newBroker = () => new Broker({ connectionPool: {}, logger: newKafka().logger() });
/** Returns the private parts that are missing, with the remedy. */
const missing = (of: object, names: readonly string[]) =>
  names.filter((name) => !(name in of)).map((name) => `${name}: ${README}`);
const sourceOfKafkajs = (): string =>
  readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(join(ROOT, 'src', file), 'utf8'))
    .join('\n');

describe('the private parts of kafkajs', () => {
  it('are those of the installed version', () => {
    const { version } = require('kafkajs/package.json') as { version: string };
    expect([version, README]).toEqual(['2.2.4', README]);
  });

  it.each([
    [
      'a cluster',
      Cluster.prototype,
      'connect disconnect addMultipleTargetTopics refreshMetadata refreshMetadataIfNecessary removeBroker findBroker findGroupCoordinator findTopicPartitionMetadata',
    ],
    ['a pool of brokers', BrokerPool.prototype, 'findConnectedBroker createSeedBroker'],
    [
      'a broker',
      newBroker(),
      'connectionPool lookupRequest fetch leaveGroup describeGroups initProducerId produce disconnect',
    ],
    [
      'a queue of requests',
      RequestQueue.prototype,
      'scheduleCheckPendingRequests checkPendingRequests scheduleRequestTimeoutCheck destroy',
    ],
    [
      'its errors',
      errors,
      'KafkaJSConnectionError KafkaJSConnectionClosedError KafkaJSRequestTimeoutError KafkaJSNumberOfRetriesExceeded KafkaJSSASLAuthenticationError ' +
        'KafkaJSServerDoesNotSupportApiKey KafkaJSUnsupportedMagicByteInMessageSet KafkaJSNotImplemented KafkaJSPartialMessageError KafkaJSInvalidVarIntError ' +
        'KafkaJSInvalidLongError KafkaJSInvariantViolation',
    ],
  ])('include %s', (_, of, names) => expect(missing(of, names.split(' '))).toEqual([]));

  it('include symbols of a client, and what depends on its cluster', () => {
    const kafka = newKafka();
    const symbols = Object.getOwnPropertySymbols(kafka).map(({ description }) => description ?? '');
    for (const name of ['createCluster', 'clusterRetry'])
      expect([symbols.some((symbol) => symbol.includes(name)), README]).toEqual([true, README]);
    const create = Object.getOwnPropertySymbols(kafka).find(({ description }) =>
      description?.includes('createCluster'),
    );
    const cluster = (kafka as unknown as Record<symbol, (options: object) => object>)[create!]!({});
    expect(missing(cluster, ['brokerPool', 'connectionPoolBuilder'])).toEqual([]);
  });

  it('include the offset from which a batch was requested', () => {
    const data = { partition: 0, highWatermark: '9', messages: [] };
    expect(fetchedOffsetOf(new Batch('t', '7', data))).toBe(7);
  });

  it('include the texts of its errors and of its log', () => {
    const source = sourceOfKafkajs();
    for (const words of [
      'Closed connection',
      'Connection closed by the server',
      'authentication failed: ${',
      'group was not initialized',
      'Limiting retries for the idempotent producer',
      'Response ${',
    ])
      expect([source.includes(words), words, README]).toEqual([true, words, README]);
  });
});

describe('kafkajs with the patches', () => {
  beforeAll(() => {
    createKafka({ brokers: ['none:1'], clientId: 'test' }, silentLogger);
    // a second client changes nothing more
    createKafka({ brokers: ['none:1'], clientId: 'test' }, silentLogger);
  });

  const queue = () => new RequestQueue({ requestTimeout: 30_000, enforceRequestTimeout: true, logger: silentLogger });

  it('leaves an idle connection alone', () => {
    const idle = queue();
    idle.scheduleCheckPendingRequests!();
    const timer = idle.throttleCheckTimeoutId;
    // without the patch the timer is set again and again, and the test would never end
    clearTimeout(timer ?? undefined);
    expect(timer).toBeNull();
  });

  it.each([
    ['while requests are pending', { pending: [{}] }],
    ['while the broker throttles', { throttledUntil: Date.now() + 60_000 }],
  ])('checks its requests again %s', (_, change) => {
    const busy = Object.assign(queue(), change);
    busy.scheduleCheckPendingRequests!();
    expect(busy.throttleCheckTimeoutId).not.toBeNull();
    clearTimeout(busy.throttleCheckTimeoutId!);
  });

  it('checks once a second for overdue requests', () => {
    const timers = jest.spyOn(global, 'setInterval');
    const busy = queue();
    busy.scheduleRequestTimeoutCheck!();
    expect(timers.mock.calls.map(([, ms]) => ms)).toEqual([1_000]);
    busy.destroy!();
    timers.mockRestore();
  });

  it('does not retry a connection that needs another setting', () => {
    const failed = (text: string) => new errors.KafkaJSConnectionError!(`Connection error: ${text}`).retriable;
    expect(failed('self-signed certificate in certificate chain')).toBe(false);
    expect(failed('connect ECONNREFUSED 127.0.0.1:9092')).toBe(true);
  });
});
