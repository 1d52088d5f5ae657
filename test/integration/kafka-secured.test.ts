import type { toKafkaSettings } from '../../shared/config/kafka-variables';
import { createKafka } from '../../shared/kafka/kafkajs/create-kafka';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import { createTopics, toTopicNames } from '../../shared/kafka/kafkajs/topics';
import { createSecrets, startSecuredKafka } from '../support/secured-servers';
import { readTopic, silentLogger } from '../support/test-kafka';

type Settings = Pick<ReturnType<typeof toKafkaSettings>, 'tls' | 'sasl'>;

const secrets = createSecrets();
const { authority, stranger } = secrets;
const known = { ca: authority.cert };
const client = authority.issue({ name: 'relay' });
const login = (password: string, mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512' = 'scram-sha-512') => ({
  sasl: { mechanism, username: 'relay', password },
});

describe('a Kafka with TLS and SASL', () => {
  let server: Awaited<ReturnType<typeof startSecuredKafka>>;
  beforeAll(async () => {
    server = await startSecuredKafka(secrets);
    await server.setPassword('relay', 'right');
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    secrets.remove();
  }, 30_000);

  const connect = (broker: string, settings: Settings) =>
    createKafka({ brokers: [broker], clientId: 'test', ...settings }, silentLogger, { retries: 1 });
  const open = (broker: string, settings: Settings) =>
    openRecordSink(connect(broker, settings), { logger: silentLogger, retries: 1 });

  it.each([
    ['SCRAM over TLS', 'scram', { tls: known, ...login('right') }],
    ['PLAIN over TLS', 'scram', { tls: known, ...login('right', 'plain') }],
    ['mutual TLS', 'mtls', { tls: { ...known, ...client } }],
  ] as const)('is written to and read over %s', async (name, listener, settings) => {
    const kafka = connect(server[listener], settings);
    const topics = toTopicNames(`${name.replaceAll(' ', '-')}.`);
    await createTopics(kafka, topics, { partitions: 1, replicationFactor: 1 });
    const sink = await openRecordSink(kafka, { logger: silentLogger });
    await sink.publish([{ topic: topics.send, key: 'k', value: Buffer.from('through') }]);
    await sink.close();
    expect((await readTopic(kafka, topics.send)).map(({ value }) => String(value))).toEqual(['through']);
  });

  it.each<[string, 'plain' | 'scram' | 'mtls' | 'misnamed' | 'expired', Settings, string, RegExp]>([
    ['a wrong password', 'scram', { tls: known, ...login('wrong') }, 'KAFKA_LOGIN', /KAFKA_SASL_PASSWORD_FILE/],
    [
      'a login with another mechanism',
      'scram',
      { tls: known, ...login('right', 'scram-sha-256') },
      'KAFKA_SETTINGS',
      /KAFKA_SASL_MECHANISM/,
    ],
    ['no login where one is required', 'scram', { tls: known }, 'KAFKA_UNAVAILABLE', /KAFKA_SASL_MECHANISM/],
    ['a login where none is required', 'plain', login('right'), 'KAFKA_SETTINGS', /unset KAFKA_SASL_/],
    ['no authority', 'scram', { tls: {}, ...login('right') }, 'KAFKA_SETTINGS', /KAFKA_TLS_CA_FILE/],
    [
      'another authority',
      'scram',
      { tls: { ca: stranger.cert }, ...login('right') },
      'KAFKA_SETTINGS',
      /KAFKA_TLS_CA_FILE/,
    ],
    ['a certificate for another host', 'misnamed', { tls: known }, 'KAFKA_SETTINGS', /host name; KAFKA_BROKERS/],
    ['a certificate that has expired', 'expired', { tls: known }, 'KAFKA_SETTINGS', /has expired/],
    ['no client certificate', 'mtls', { tls: known }, 'KAFKA_SETTINGS', /KAFKA_TLS_CERT_FILE/],
    [
      "another authority's client certificate",
      'mtls',
      { tls: { ...known, ...stranger.issue({ name: 'relay' }) } },
      'KAFKA_SETTINGS',
      /KAFKA_TLS_CERT_FILE/,
    ],
    ['no TLS on a TLS port', 'mtls', {}, 'KAFKA_UNAVAILABLE', /KAFKA_TLS/],
    ['TLS on a plain port', 'plain', { tls: known }, 'KAFKA_UNAVAILABLE', /KAFKA_TLS=false/],
  ])('refuses %s, and the error names the remedy', async (_, listener, settings, code, text) => {
    const startedAt = Date.now();
    await expect(open(server[listener], settings)).rejects.toMatchObject({
      code,
      retryable: true,
      message: expect.stringMatching(text),
    });
    expect(Date.now() - startedAt).toBeLessThan(5_000);
  });
});
