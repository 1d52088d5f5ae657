import { type Codecs, openCodecs } from '../../shared/avro/open-codecs';
import type { SmsSend } from '../../shared/avro/records';
import { type BridgeWorld, createBridgeWorld } from '../support/bridge-world';
import { createBusinessSystem } from '../support/business-system';
import { handedMessages, msgIds } from '../support/handed-messages';
import { call } from '../support/http-call';
import { freePort } from '../support/own-server';
import { createRegistryRecords, framed, type RegistryRecords } from '../support/registry-records';
import { runCli } from '../support/run-cli';
import { openSchemaRegistryServer, type SchemaRegistryServer } from '../support/schema-registry-server';
import type { ServiceProcess } from '../support/service-process';
import { smsSendMessage } from '../support/sms-send-message';
import { onOneEngine } from '../support/test-engines';
import { testBrokers } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';

const AUTH = 'bridge:s3cret:word';
const RECIPIENT = '13800138000';

onOneEngine('the services with a schema registry', (engine) => {
  let world: BridgeWorld;
  let registry: SchemaRegistryServer;
  /** The codecs of a business system that uses the registry. */
  let codecs: Codecs;
  let records: RegistryRecords;
  let env: Readonly<Record<string, string>>;
  let relay: ServiceProcess;

  beforeAll(async () => {
    registry = await openSchemaRegistryServer({ auth: AUTH });
    world = await createBridgeWorld({ engine, partitions: 2 });
    env = { SCHEMA_REGISTRY_URL: registry.url, SCHEMA_REGISTRY_AUTH: AUTH };
    relay = world.start('exchange-relay', env);
    await relay.ready();
    codecs = await openCodecs({ registryUrl: registry.url, registryAuth: AUTH, topics: world.topics });
    records = createRegistryRecords(registry, codecs, { auth: AUTH, subject: `${world.topics.send}-value` });
  });
  afterAll(async () => {
    await world?.close();
    await registry?.close();
  });

  const message = (messageId: string): SmsSend =>
    smsSendMessage({ messageId, to: RECIPIENT, createdAt: Date.now(), context: messageId });
  /** One key for all: neighbours in one partition. */
  const publish = (values: readonly Buffer[]) =>
    world.sink.publish(values.map((value) => ({ topic: world.topics.send, key: RECIPIENT, value })));
  const handed = (): Promise<readonly string[]> => handedMessages(world.database.run);
  const untilHanded = (ids: readonly string[]) =>
    waitUntil(
      async () => ({ missing: ids, handed: await handed(), log: relay.log.slice(-3) }),
      async () => {
        const there = new Set(await handed());
        return ids.every((id) => there.has(id));
      },
    );

  const readTopic = async (topic: 'status' | 'received') =>
    Promise.all((await world.read(topic)).map(({ value }) => records.read(value)));
  const letters = async () =>
    (await world.read('deadLetter')).map(({ value, headers }) => ({
      value,
      reason: headers.reason?.toString(),
      message: headers.message?.toString(),
    }));

  describe('that is reachable', () => {
    it('read both framings side by side; a record of an unknown schema becomes a dead letter, and its neighbours go through', async () => {
      const unknown = framed(99_999, records.datum(message('unknown')));
      const stranger = framed(registry.add({ schema: '"string"' }), Buffer.from([4, 0x68, 0x69]));
      await publish([
        codecs.send.encode(message('confluent-1')),
        world.codecs.send.encode(message('single-1')),
        unknown,
        codecs.send.encode(message('confluent-2')),
        stranger,
        records.newer(message('newer-1'), 'note'),
        world.codecs.send.encode(message('single-2')),
      ]);
      await untilHanded(['single-2']);
      expect([...(await handed())].sort()).toEqual(['confluent-1', 'confluent-2', 'newer-1', 'single-1', 'single-2']);
      expect(await letters()).toEqual([
        { value: unknown, reason: 'UNKNOWN_SCHEMA', message: 'schema 99999 is not in the registry' },
        { value: stranger, reason: 'INCOMPATIBLE_SCHEMA', message: expect.stringContaining('cannot be read as') },
      ]);
    });

    it('limit the look-ups of made-up schema ids, and neighbours do not wait for them', async () => {
      const madeUp = Array.from({ length: 1_500 }, (_, i) => framed(1_000_000 + i, Buffer.from([i % 256])));
      const before = registry.requests.length;
      await publish([...madeUp, codecs.send.encode(message('neighbour-1')), ...madeUp.slice(0, 100)]);
      const publishedAt = Date.now();
      await publish([world.codecs.send.encode(message('neighbour-2'))]);
      await untilHanded(['neighbour-1', 'neighbour-2']);
      const seconds = (Date.now() - publishedAt) / 1_000;
      expect(seconds).toBeLessThan(5);
      // 200 a second by default, and those of the second before
      expect(registry.requests.length - before).toBeLessThan(200 * (seconds + 3));
      await waitUntil(
        'all of them are dead letters',
        async () => (await letters()).filter(({ reason }) => reason === 'UNKNOWN_SCHEMA').length >= 1_601,
        90_000,
      );
    }, 120_000);

    it('write everything in Confluent framing, under the subject of the topic', async () => {
      const business = await createBusinessSystem(world, 'registry_user', 'scada');
      const producer = world.start('producer', env);
      const collector = world.start('report-collector', env);
      const archiver = world.start('archiver', env);
      await business.post(() => producer, 'key-1', [{ id: '-', to: RECIPIENT, content: 'x' }]);
      await business.insert([{ id: 'row-1', to: RECIPIENT, content: 'x' }]);
      await untilHanded(['row-1']);
      const { run } = world.province;
      const now = new Date();
      const msgId = (await msgIds(world.database.run)).get('confluent-1');
      await run(`INSERT INTO client_sms_resp (msg_id, gateway_msg_id, result, resp_time) VALUES ($1, 'G1', '0', $2)`, [
        msgId,
        now,
      ]);
      await waitUntil('the submit result is published', async () => (await world.read('status')).length === 1);
      await run(
        `INSERT INTO client_sms_report (msg_id, gateway_msg_id, stat, done_time) VALUES ($1, 'G1', 'DELIVRD', $2)`,
        [msgId, now],
      );
      await run(
        `INSERT INTO client_sms_recv (src_addr, dest_addr, content, msg_fmt, recv_time) VALUES ($1, '1069800101', '退订', 8, $2)`,
        [RECIPIENT, now],
      );
      await publish([codecs.send.encode({ ...message('bad-1'), priority: 9 })]);
      await waitUntil(
        async () => ({ collector: collector.log.slice(-3), relay: relay.log.slice(-3) }),
        async () => (await world.read('status')).length >= 3 && (await world.read('received')).length === 1,
      );
      const statuses = await readTopic('status');
      expect(statuses.map(({ messageId, status, context }) => [messageId, status, context]).sort()).toEqual([
        ['bad-1', 'REJECTED', 'bad-1'],
        ['confluent-1', 'DELIVERED', 'confluent-1'],
        ['confluent-1', 'SUBMITTED', 'confluent-1'],
      ]);
      const [received] = await readTopic('received');
      expect(received).toMatchObject({ content: '退订', appId: 'billing' });
      expect(codecs.received.decode((await world.read('received'))[0]!.value)).toMatchObject({ ok: true });
      for (const topic of ['send', 'status', 'received', 'receivedAck'] as const) {
        const ids = registry.idsOf(`${world.topics[topic]}-value`);
        expect(ids.length).toBe(topic === 'send' ? 2 : 1);
        if (topic === 'status') {
          const written = (await world.read('status')).map(({ value }) => value!.readUInt32BE(1));
          expect(new Set(written)).toEqual(new Set(ids));
        }
      }
      const fromProducer = (await world.read('send')).filter(({ headers }) => headers.source !== undefined);
      expect(fromProducer).toHaveLength(2);
      for (const { value } of fromProducer) expect(await records.read(value)).toMatchObject({ to: RECIPIENT });

      const key = received!.receivedId as string;
      const value = codecs.receivedAck.encode({ receivedId: key, appId: 'billing', processedAt: Date.now() });
      await world.sink.publish([{ topic: world.topics.receivedAck, key, value }]);
      await waitUntil(
        () => ({ archiver: archiver.log.slice(-3) }),
        async () => {
          const rows = await world.database.run(
            'SELECT received_id FROM sm_receive_t WHERE processed_at IS NOT NULL UNION SELECT received_id FROM sm_receive_t_log',
          );
          return rows.length === 1;
        },
      );
      await Promise.all([producer, collector, archiver].map((service) => service.kill()));
    });

    it('are spoken to in that framing by publish and tail', async () => {
      const common = ['--kafka', testBrokers(), '--topic-prefix', world.prefix, '--registry', registry.url];
      const typing = [
        '--app',
        'billing',
        '--to',
        RECIPIENT,
        '--content',
        'x',
        '--message-id',
        'typed',
        '--no-app-check',
      ];
      const tail = ['tail', 'status', '--from-beginning', '--no-follow', '--json', ...common];
      const [published, shown, refused] = await Promise.all([
        runCli(['publish', ...typing, ...common], { env }),
        runCli(tail, { env }),
        runCli(tail, { env: { SCHEMA_REGISTRY_AUTH: 'bridge:wrong-word' } }),
      ]);
      expect([published.code, published.stdout, published.stderr]).toEqual([0, 'published typed\n', '']);
      await untilHanded(['typed']);
      const typed = (await world.read('send')).filter(({ headers }) => headers['message-id']?.toString() === 'typed');
      expect(await Promise.all(typed.map(({ value }) => records.read(value)))).toMatchObject([{ messageId: 'typed' }]);
      expect(shown.code).toBe(0);
      expect(new Set(shown.json().map(({ messageId, status }) => `${messageId} ${status}`))).toEqual(
        new Set(['bad-1 REJECTED', 'confluent-1 SUBMITTED', 'confluent-1 DELIVERED']),
      );
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(/SCHEMA_REGISTRY_AUTH/);
      expect(refused.stderr).not.toMatch(/wrong-word/);
    });

    it('end at once on a wrong password, with a last line that names the setting', async () => {
      const service = world.start('report-collector', { ...env, SCHEMA_REGISTRY_AUTH: 'bridge:wrong-word' });
      expect(await service.exit).toBe(1);
      const last = service.log.find(({ msg }) => msg === 'stopping: a person must act');
      expect(last).toMatchObject({
        err: { code: 'REGISTRY_DENIED', message: expect.stringContaining('check SCHEMA_REGISTRY_AUTH') },
      });
      expect(JSON.stringify(service.log)).not.toMatch(/wrong-word|s3cret/);
    });
  });

  describe('that is down', () => {
    const readiness = async (port: number) => (await call(`http://127.0.0.1:${port}`, '/health/ready')).body;

    it('continue with the schemas that they know, and hold records of other schemas until it is back', async () => {
      const fresh = records.newer(message('newer-2'), 'remark');
      const before = (await letters()).length;
      await publish([records.newer(message('newer-0'), 'note')]);
      await untilHanded(['newer-0']);
      await registry.goAway();
      await publish([
        codecs.send.encode(message('away-1')),
        world.codecs.send.encode(message('away-2')),
        records.newer(message('away-3'), 'note'),
      ]);
      await untilHanded(['away-1', 'away-2', 'away-3']);
      await publish([fresh]);
      const port = await relay.ready();
      await waitUntil(
        () => readiness(port),
        async () => /schema registry/.test((await readiness(port)).problems?.['hand-over'] ?? ''),
      );
      expect(await handed()).not.toContain('newer-2');
      await registry.comeBack();
      await untilHanded(['newer-2']);
      expect((await letters()).length).toBe(before);
      expect((await readiness(port)).status).toBe('ready');
    });

    it('wait during their start, give the reason, stop on request, and start when it is back', async () => {
      await registry.goAway();
      await relay.kill();
      await publish([codecs.send.encode(message('late-1'))]);
      const port = await freePort();
      relay = world.start('exchange-relay', { ...env, HEALTH_PORT: String(port) });
      const told = world.start('report-collector', env);
      for (const service of [relay, told]) {
        const line = await waitUntil('it reports that it waits', () =>
          service.log.find(({ msg }) => msg === 'waiting for the schema registry'),
        );
        expect(line.err).toContain(`${registry.url}: POST /subjects/`);
        expect(line.err).toContain('ECONNREFUSED');
      }
      expect(await readiness(port)).toMatchObject({
        status: 'not ready',
        problems: { service: 'starting', 'schema registry': expect.stringContaining('ECONNREFUSED') },
      });
      expect((await call(`http://127.0.0.1:${port}`, '/health/live')).status).toBe(200);
      expect(await told.stop()).toBe(0);
      expect(await handed()).not.toContain('late-1');
      await registry.comeBack();
      await untilHanded(['late-1']);
      await waitUntil(
        () => readiness(port),
        async () => (await readiness(port)).status === 'ready',
      );
    });
  });
});
