import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Admin,
  type Kafka,
  AclOperationTypes as Operation,
  ResourcePatternTypes as Pattern,
  AclPermissionTypes as Permission,
  AclResourceTypes as Resource,
} from 'kafkajs';
import { hashSecret } from '../../shared/accounts/api-key';
import { openCodecs } from '../../shared/avro/open-codecs';
import { createKafka } from '../../shared/kafka/kafkajs/create-kafka';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import { createTopics, toTopicNames } from '../../shared/kafka/kafkajs/topics';
import type { RecordSink } from '../../shared/kafka/ports';
import { createSemaphore } from '../../shared/timing/semaphore';
import { type BridgeGround, createBridgeGround } from '../support/bridge-world';
import { call, post } from '../support/http-call';
import { insertRows } from '../support/insert-rows';
import { type KafkaRight, rightsOfDocument, rightsOfScript } from '../support/kafka-rights';
import { freePort, type OwnServer, startOwnServer } from '../support/own-server';
import { runCli } from '../support/run-cli';
import { isAtLeast, type ServiceName, type ServiceProcess, startService } from '../support/service-process';
import { smsSendMessage } from '../support/sms-send-message';
import { readTopic, silentLogger } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';

const PASSWORD = 'right';
const API_KEY = 'billing.secret-1';
const HOUR_MS = 3_600_000;

/** The Kafka user of each service, as deploy/kafka-acls.sh names it. */
const USERS: Readonly<Record<string, ServiceName>> = {
  producer: 'producer',
  relay: 'exchange-relay',
  collector: 'report-collector',
  archiver: 'archiver',
};

const rights = rightsOfScript();
const others = rightsOfDocument();
const names = toTopicNames();

/** One user for each right that is taken away. */
const LESS = rights.map((missing, index) => ({
  user: `${missing.user}-${index}`,
  service: USERS[missing.user] as ServiceName,
  missing,
  left: rights.filter((right) => right.user === missing.user && right !== missing),
}));

/** Those of the page beside the services. */
const OTHERS = [...new Set(others.map(({ user }) => user))];

const toProperties = (port: number): string => {
  const listeners = `PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controllerPort},USERS://127.0.0.1:${port}`;
  const users = [...Object.keys(USERS), ...LESS.map(({ user }) => user), ...OTHERS].map(
    (user) => `user_${user}="${PASSWORD}"`,
  );
  return `listeners=${listeners}
advertised.listeners=${listeners}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,USERS:SASL_PLAINTEXT
listener.name.users.sasl.enabled.mechanisms=PLAIN
listener.name.users.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required ${users.join(' ')};
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
`;
};

const OPERATIONS: Readonly<Record<string, Operation>> = {
  Read: Operation.READ,
  Write: Operation.WRITE,
  Create: Operation.CREATE,
  Delete: Operation.DELETE,
  Describe: Operation.DESCRIBE,
  DescribeConfigs: Operation.DESCRIBE_CONFIGS,
};

const grant = async (admin: Admin, user: string, granted: readonly KafkaRight[]): Promise<void> => {
  const acl = granted.map(({ operation, kind, name, prefixed }) => ({
    resourceType: kind === 'topic' ? Resource.TOPIC : Resource.GROUP,
    resourceName: name,
    resourcePatternType: prefixed ? Pattern.PREFIXED : Pattern.LITERAL,
    principal: `User:${user}`,
    host: '*',
    operation: OPERATIONS[operation] as Operation,
    permissionType: Permission.ALLOW,
  }));
  await admin.createAcls({ acl });
};

describe('the rights of docs/operate/kafka-access.md', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kafka-access-'));
  const processes: ServiceProcess[] = [];
  let server: OwnServer;
  let ground: BridgeGround;
  let users: string;
  let kafka: Kafka;
  let admin: Admin;
  let sink: RecordSink;
  let codecs: Awaited<ReturnType<typeof openCodecs>>;

  const settingsOf = (username: string) => ({
    brokers: [users],
    sasl: { mechanism: 'plain' as const, username, password: PASSWORD },
  });
  const loginOf = (user: string) => ({
    KAFKA_BROKERS: users,
    KAFKA_SASL_MECHANISM: 'plain',
    KAFKA_SASL_USERNAME: user,
    KAFKA_SASL_PASSWORD: PASSWORD,
  });
  const startAs = (service: ServiceName, user: string, args: readonly string[] = []): ServiceProcess => {
    const env = {
      ...loginOf(user),
      INSTANCE_ID: user,
      DATABASE_URL: ground.urls[service],
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: '0',
      TZ: 'UTC',
    };
    const started = startService(service, env, args);
    processes.push(started);
    return started;
  };
  const publish = (topic: string, value: Buffer) => sink.publish([{ topic, key: 'k', value }]);
  const run = <T extends object>(sql: string) => ground.database.run<T>(sql);
  /** Returns the reasons of the dead letters. */
  const letters = async () => (await readTopic(kafka, names.deadLetter)).map(({ headers }) => String(headers.reason));
  const statuses = async () =>
    (await readTopic(kafka, names.status)).flatMap(({ value }) => {
      const event = codecs.status.decode(value);
      return event.ok ? [`${event.value.messageId} ${event.value.status}`] : [];
    });
  const received = async () =>
    (await readTopic(kafka, names.received)).flatMap(({ value }) => {
      const event = codecs.received.decode(value);
      return event.ok ? [event.value.content] : [];
    });

  beforeAll(async () => {
    const port = await freePort();
    users = `127.0.0.1:${port}`;
    const properties = join(directory, 'kafka.properties');
    writeFileSync(properties, toProperties(port));
    [server, ground, codecs] = await Promise.all([
      startOwnServer('kafka', ['--directory', join(directory, 'kafka'), '--properties', properties]),
      createBridgeGround(),
      openCodecs({ topics: names }),
    ]);
    kafka = createKafka({ brokers: [server.line], clientId: 'test' }, silentLogger);
    await createTopics(kafka, names, { partitions: 1, replicationFactor: 1 });
    sink = await openRecordSink(kafka, { logger: silentLogger });
    admin = kafka.admin();
    await admin.connect();
    for (const user of [...Object.keys(USERS), ...OTHERS])
      await grant(
        admin,
        user,
        [...rights, ...others].filter((right) => right.user === user),
      );
    for (const { user, left } of LESS) await grant(admin, user, left);
    await insertRows(ground.database.db, 'login_user', [
      {
        username: 'billing',
        app_id: 'billing',
        ext_code: '01',
        role: 'application',
        api_key_hash: hashSecret('secret-1'),
      },
    ]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(processes.map((started) => (started.exited() ? undefined : started.kill())));
    await admin?.disconnect();
    await sink?.close();
    await ground?.close();
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('let each service do all of its work', async () => {
    const ago = (hours: number) => new Date(Date.now() - hours * HOUR_MS);
    const inbound = { src_addr: '8613800138000', dest_addr: '1069800101', app_id: 'billing', received_at: ago(100) };
    const sent = { app_id: 'billing', dest_addr: '8613800138000', content: 'x', source: 'table' };
    await insertRows(ground.database.db, 'sm_send_t', [
      { ...sent, message_id: 'refused', dest_addr: '12', status: 'NEW', created_at: ago(0) },
      {
        ...sent,
        message_id: 'silent',
        status: 'HANDED',
        created_at: ago(120),
        handed_at: ago(110),
        expires_at: ago(100),
      },
    ]);
    await insertRows(ground.database.db, 'sm_receive_t', [
      { ...inbound, received_id: 'done', content: 'done', recorded_at: ago(1), offered_at: ago(1) },
      { ...inbound, received_id: 'open', content: 'open', recorded_at: ago(100), offered_at: ago(30) },
    ]);
    expect(await startAs('archiver', 'archiver', ['--once']).exit).toBe(0);
    const producer = startAs('producer', 'producer');
    for (const user of ['relay', 'collector', 'archiver']) startAs(USERS[user] as ServiceName, user);
    await producer.ready();
    const address = producer.log.find(({ msg }) => msg === 'http')?.address as string;
    const answer = await post(address, API_KEY, { to: '13800138000', content: 'x', messageId: 'good' });
    const ack = await call(address, '/v1/received/done/ack', { method: 'POST', key: API_KEY });
    expect([answer.status, ack.status]).toEqual([202, 202]);

    await publish(names.send, Buffer.from('no record'));
    await publish(names.receivedAck, Buffer.from('no record'));
    const bad = smsSendMessage({ messageId: 'bad', appId: 'billing', to: '12', createdAt: Date.now() });
    await publish(names.send, codecs.send.encode(bad));
    await insertRows(ground.database.db, 'client_sms_recv', [
      { src_addr: '13800138000', dest_addr: '1069800101', content: 'hello' },
    ]);
    await insertRows(ground.database.db, 'client_sms_resp', [{ msg_id: null, gateway_msg_id: 'g', result: '0' }]);
    const handed = await waitUntil(
      'the relay hands it over',
      async () => (await run<{ msg_id: string }>('SELECT msg_id FROM client_sms_send'))[0],
    );
    await insertRows(ground.database.db, 'client_sms_resp', [
      { msg_id: handed.msg_id, gateway_msg_id: 'g1', result: '0' },
    ]);

    await waitUntil(
      'the archiver notes the acknowledgement',
      async () =>
        (await run("SELECT 1 FROM sm_receive_t WHERE received_id = 'done' AND processed_at IS NOT NULL")).length > 0,
    );
    // of producer, relay, collector and archiver
    const events = ['refused REJECTED', 'bad REJECTED', 'good SUBMITTED', 'silent UNKNOWN'];
    await waitUntil(
      async () => ['all have published', await statuses(), await letters(), await received()],
      async () => {
        const found = await statuses();
        return (
          events.every((event) => found.includes(event)) &&
          (await letters()).length === 3 &&
          (await received()).length === 2
        );
      },
    );
    expect((await received()).sort()).toEqual(['hello', 'open']);
    for (const { child, log } of processes)
      expect([child.spawnargs.at(-1), log.filter((line) => isAtLeast('error', line))]).toEqual([expect.anything(), []]);
    await Promise.all(processes.map((started) => (started.exited() ? undefined : started.stop())));
  }, 60_000);

  it('let a business system publish and subscribe, and forge no event', async () => {
    const client = createKafka({ ...settingsOf('billing'), clientId: 'billing' }, silentLogger, { retries: 1 });
    const own = await openRecordSink(client, { logger: silentLogger, retries: 1 });
    const record = (topic: string) => own.publish([{ topic, key: 'k', value: Buffer.from('x') }]);
    await record(names.send);
    await record(names.receivedAck);
    for (const topic of [names.status, names.received])
      await expect(record(topic)).rejects.toMatchObject({ code: 'KAFKA_SETTINGS' });
    await own.close();
    for (const topic of [names.status, names.received]) {
      const consumer = client.consumer({ groupId: `billing-${topic}`, maxWaitTimeInMs: 100 });
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await new Promise((resolve, reject) => {
        consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
        void consumer.run({ eachMessage: async (message) => resolve(message) });
      });
      await consumer.disconnect();
    }
  });

  it('let an operator use the command', async () => {
    await admin.deleteTopics({ topics: [names.deadLetter] });
    const env = {
      ...loginOf('operator'),
      TZ: 'UTC',
      DATABASE_URL: ground.database.url,
    };
    const run = (...args: readonly string[]) => runCli(args, { env });
    const created = await run('topics', 'create', '--replication', '1');
    expect([created.code, created.stderr]).toEqual([0, '']);
    const [published, tailed, dead, doctor] = await Promise.all([
      run('publish', '--app', 'billing', '--to', '13800138000', '--content', 'x'),
      run('tail', '--from-beginning', '--no-follow'),
      run('dead-letters', 'list'),
      run('doctor', '--json'),
    ]);
    for (const { code, stderr } of [published, tailed, dead]) expect([code, stderr]).toEqual([0, '']);
    expect(doctor.stdout).not.toMatch(/AUTHORI[SZ]ATION/i);
    expect(doctor.json().map(({ check }) => check)).toEqual(
      expect.arrayContaining(['kafka: connection', 'group: exchange-relay', `topic: ${names.send}`]),
    );
  });

  describe('are all needed', () => {
    const ends = new Map<string, Promise<{ readonly code: number | null; readonly said: string }>>();
    beforeAll(() => {
      const turn = createSemaphore(3);
      for (const { user, service } of LESS)
        ends.set(
          user,
          turn(async () => {
            const started = startAs(service, user);
            const code = await started.exit;
            await waitUntil('its last words', () => started.log.some(({ msg }) => msg.startsWith('stopped')));
            return { code, said: JSON.stringify(started.log.filter((line) => isAtLeast('error', line))) };
          }),
        );
    });

    it.each(LESS.map((one) => [`${one.missing.user} ${one.missing.operation} ${one.missing.name}`, one] as const))(
      '%s: without it the service ends at its start, and names what is missing',
      async (_, { user, missing }) => {
        const { code, said } = (await ends.get(user)) as { code: number | null; said: string };
        expect(code).toBe(1);
        expect(said).toContain(missing.name);
        expect(said).toContain('deploy/kafka-acls.sh');
      },
      60_000,
    );
  });
});
