import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createKafka } from '../../services/shared/kafka/create-kafka';
import { openRecordSink } from '../../services/shared/kafka/open-record-sink';
import { createTopics, toTopicNames } from '../../services/shared/kafka/topics';
import { createSelfSignedCertificate } from '../support/certificates';
import { readTopic, silentLogger } from '../support/test-kafka';

const SERVER = join(__dirname, '..', '..', 'scripts', 'servers', 'kafka-server.mjs');

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

describe('a Kafka with TLS and a login', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sms-bridge-secured-'));
  const certificate = createSelfSignedCertificate();
  let server: ChildProcess;
  let brokers: string[];
  beforeAll(async () => {
    const port = await freePort();
    brokers = [`127.0.0.1:${port}`];
    const pem = join(directory, 'server.pem');
    writeFileSync(pem, certificate.key + certificate.cert);
    const listeners = `PLAINTEXT://127.0.0.1:{port},SECURED://127.0.0.1:${port}`;
    const lines = [
      `listeners=${listeners},CONTROLLER://127.0.0.1:{controllerPort}`,
      `advertised.listeners=${listeners},CONTROLLER://127.0.0.1:{controllerPort}`,
      'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURED:SASL_SSL',
      'listener.name.secured.sasl.enabled.mechanisms=PLAIN',
      'listener.name.secured.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_relay="right";',
      'listener.name.secured.ssl.keystore.type=PEM',
      `listener.name.secured.ssl.keystore.location=${pem}`,
    ];
    const file = join(directory, 'more.properties');
    writeFileSync(file, `${lines.join('\n')}\n`);
    const options = ['--directory', join(directory, 'kafka'), '--properties', file];
    server = spawn(process.execPath, [SERVER, ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(createInterface({ input: server.stdout! }), 'line');
  }, 60_000);
  afterAll(async () => {
    const ended = once(server, 'exit');
    server.stdin?.end();
    await ended;
    rmSync(directory, { recursive: true, force: true });
  }, 30_000);

  const kafka = (ca: string | undefined, password: string) =>
    createKafka(
      {
        brokers,
        clientId: 'test',
        ...(ca === undefined ? {} : { tls: { ca } }),
        sasl: { mechanism: 'plain', username: 'relay', password },
      },
      silentLogger,
      { retries: 1 },
    );
  const refusal = (client: ReturnType<typeof kafka>) => openRecordSink(client, { logger: silentLogger, retries: 1 });

  it('is written to and read with its authority and the right password', async () => {
    const client = kafka(certificate.cert, 'right');
    const topics = toTopicNames('secured.');
    await createTopics(client, topics, { partitions: 1, replicationFactor: 1 });
    const sink = await openRecordSink(client, { logger: silentLogger });
    await sink.publish([{ topic: topics.send, key: 'k', value: Buffer.from('through') }]);
    await sink.close();
    expect((await readTopic(client, topics.send)).map(({ value }) => String(value))).toEqual(['through']);
  });

  it('refuses a wrong password, and the error says so', async () => {
    await expect(refusal(kafka(certificate.cert, 'wrong'))).rejects.toThrow(/[Aa]uthentication failed/);
  });

  it('is refused when its certificate comes from another authority', async () => {
    await expect(refusal(kafka(createSelfSignedCertificate().cert, 'right'))).rejects.toThrow(/certificate|signature/i);
  });

  it('is not reached without TLS', async () => {
    await expect(refusal(kafka(undefined, 'right'))).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
  });
});
