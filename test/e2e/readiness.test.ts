import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashSecret } from '../../shared/accounts/api-key';
import { createTopics, type TopicNames } from '../../shared/kafka/kafkajs/topics';
import {
  type BridgeGround,
  type BridgeWorld,
  createBridgeGround,
  createBridgeWorld,
  manyMessages,
} from '../support/bridge-world';
import { post } from '../support/http-call';
import { insertRows } from '../support/insert-rows';
import { createKillableServer } from '../support/killable-server';
import { freePort } from '../support/own-server';
import { SERVICES, type Service, type ServiceProcess } from '../support/service-process';
import { openTcpProxy } from '../support/tcp-proxy';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

const NEEDS: Readonly<Record<Service, readonly (keyof TopicNames)[]>> = {
  producer: ['send'],
  'exchange-relay': ['send', 'status'],
  'report-collector': ['status'],
  archiver: ['receivedAck', 'status'],
};
type Proxy = Awaited<ReturnType<typeof openTcpProxy>>;

/** The time in which the answer must be right, both ways. */
const RIGHT_MS = 10_000;

type World = {
  readonly bridge: BridgeWorld;
  readonly ground: BridgeGround;
  readonly database: Proxy;
  readonly services: Readonly<Record<Service, ServiceProcess>>;
  /** Returns the status code, and the components that do not work. */
  readonly look: (service: Service) => Promise<readonly [number, readonly string[]]>;
  readonly close: () => Promise<void>;
};

const openWorld = async (engine: 'pg' | 'oracledb'): Promise<World> => {
  const ground = await createBridgeGround({ engine });
  const bridge = await createBridgeWorld({ ground, partitions: 2 });
  const address = new URL(ground.database.url.replace('oracle:', 'http:'));
  const database = await openTcpProxy({ host: address.hostname, port: Number(address.port) });
  await ground.database.run('UPDATE login_user SET api_key_hash = $1 WHERE app_id = $2', [hashSecret('s'), 'billing']);
  const through = (url: string) => url.replace(`:${address.port}/`, `:${database.port}/`);
  const services = Object.fromEntries(
    SERVICES.map((name) => [name, bridge.start(name, { DATABASE_URL: through(ground.urls[name]) })]),
  ) as World['services'];
  const ports = new Map<Service, number>();
  for (const name of SERVICES) ports.set(name, await services[name].ready());
  return {
    bridge,
    ground,
    database,
    services,
    look: async (service) => {
      const answer = await fetch(`http://127.0.0.1:${ports.get(service)}/health/ready`);
      const { problems } = (await answer.json()) as { problems: Record<string, string> };
      return [answer.status, Object.keys(problems)];
    },
    close: async () => {
      await bridge.close();
      await database.close();
      await ground.close();
    },
  };
};

/** Gives every service work, until stopped; what an outage refuses is lost. */
const keepBusy = ({ bridge, services }: World) => {
  const { db } = bridge.database;
  const { topics, codecs } = bridge;
  const own = bridge.kafka.producer({ retry: { retries: 0 } });
  let busy = true;
  let n = 0;
  const every = async (ms: number, work: () => Promise<unknown>): Promise<void> => {
    while (busy) {
      await Promise.race([work().catch(() => undefined), sleep(2_000)]);
      await sleep(ms);
    }
  };
  const id = (prefix: string): string => {
    n += 1;
    return `${prefix}-${n}`;
  };
  const publish = (topic: string, value: Buffer) => own.send({ topic, timeout: 1_000, messages: [{ value }] });
  const address = services.producer.log.find(({ msg }) => msg === 'http')?.address as string;
  const user = bridge.database.engine === 'oracledb' ? 'BILLING' : 'billing';
  const loops = own.connect().then(() => [
    every(100, () => post(address, `${user}.s`, { to: '13800138000', content: '停电通知' })),
    every(100, () => publish(topics.send, codecs.send.encode({ ...manyMessages(id('k'), 1)[0]! }))),
    every(100, () =>
      publish(
        topics.receivedAck,
        codecs.receivedAck.encode({ receivedId: id('a'), appId: 'billing', processedAt: Date.now() }),
      ),
    ),
    every(100, () =>
      insertRows(db, 'client_sms_recv', [{ src_addr: '13800138000', dest_addr: '10698001', content: id('r') }]),
    ),
    every(100, () =>
      insertRows(db, 'sm_send_t', [
        {
          message_id: id('t'),
          app_id: 'billing',
          dest_addr: '13800138000',
          content: 'x',
          status: 'NEW',
          created_at: new Date(),
          source: 'table',
        },
      ]),
    ),
  ]);
  return async () => {
    busy = false;
    await Promise.all(await loops);
    await own.disconnect().catch(() => undefined);
  };
};

onOneEngine('/health/ready', (engine) => {
  const directory = mkdtempSync(join(tmpdir(), 'sms-bridge-ready-'));
  let kafka: ReturnType<typeof createKillableServer>;
  let kafkaProxy: Proxy;
  let idle: World;
  let busy: World;
  let rest: () => Promise<void>;

  beforeAll(async () => {
    const port = await freePort();
    kafkaProxy = await openTcpProxy({ host: '127.0.0.1', port });
    const settings = join(directory, 'more.properties');
    const advertised = `advertised.listeners=PLAINTEXT://127.0.0.1:${kafkaProxy.port},CONTROLLER://127.0.0.1:{controllerPort}\n`;
    writeFileSync(settings, advertised);
    kafka = createKillableServer('kafka', join(directory, 'kafka'), {
      port: String(port),
      more: ['--properties', settings],
    });
    await kafka.start();
    process.env.TEST_KAFKA_BROKERS = `127.0.0.1:${kafkaProxy.port}`;
    [idle, busy] = await Promise.all([openWorld(engine), openWorld(engine)]);
    rest = keepBusy(busy);
  }, 120_000);
  afterAll(async () => {
    kafkaProxy.set('pass');
    await rest?.();
    await Promise.all([idle?.close(), busy?.close()]);
    await kafka.stop();
    await kafkaProxy.close();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  /** Waits until every service of both worlds answers with this status, and names the component. */
  const answers = async (
    expected: (service: Service, world: World) => readonly [number, string | undefined],
  ): Promise<void> => {
    const rightOf = (world: World, service: Service) => {
      let last: unknown;
      const [status, component] = expected(service, world);
      return waitUntil(
        () => ({ world: world === idle ? 'idle' : 'busy', service, status, component, last }),
        async () => {
          const [found, problems] = await world.look(service);
          last = [found, problems];
          return found === status && (component === undefined ? problems.length === 0 : problems.includes(component));
        },
        RIGHT_MS,
      );
    };
    await Promise.all([idle, busy].flatMap((world) => SERVICES.map((service) => rightOf(world, service))));
  };
  const allReady = () => answers(() => [200, undefined]);
  const withoutDatabase = () => answers((service) => [service === 'producer' ? 200 : 503, 'database']);
  const withoutKafka = () => answers(() => [503, 'kafka']);
  const both = (change: (world: World) => unknown) => Promise.all([change(idle), change(busy)]);

  const lock = (world: World, locked: boolean) =>
    Promise.all(
      SERVICES.map(async (service) => {
        const user = decodeURIComponent(new URL(world.ground.urls[service].replace('oracle:', 'http:')).username);
        const text =
          engine === 'pg'
            ? `ALTER ROLE "${user}" ${locked ? 'NOLOGIN' : 'LOGIN'}`
            : `ALTER USER ${user} ACCOUNT ${locked ? 'LOCK' : 'UNLOCK'}`;
        await (world.ground.database.dba ?? world.ground.database.db).knex.raw(text);
      }),
    );

  const deleteTopics =
    (...names: readonly (keyof TopicNames)[]) =>
    async ({ bridge }: World): Promise<void> => {
      const admin = bridge.kafka.admin();
      await admin.connect();
      await admin.deleteTopics({ topics: names.map((name) => bridge.topics[name]) });
      await admin.disconnect();
    };
  const recreate = () =>
    both(({ bridge }) => createTopics(bridge.kafka, bridge.topics, { partitions: 2, replicationFactor: 1 }));
  const withoutTopics =
    (...names: readonly (keyof TopicNames)[]) =>
    () =>
      answers((service, world) => {
        const without = NEEDS[service].some((name) => names.includes(name));
        return without && (names.includes('status') || world === idle) ? [503, 'kafka'] : [200, undefined];
      });

  const CASES: readonly (readonly [string, () => Promise<unknown>, () => Promise<void>, () => Promise<unknown>])[] = [
    [
      'the database is cut off',
      () => both(({ database }) => database.set('cut')),
      withoutDatabase,
      () => both(({ database }) => database.set('pass')),
    ],
    [
      'the database hangs',
      () => both(({ database }) => database.set('stall')),
      withoutDatabase,
      () => both(({ database }) => database.set('pass')),
    ],
    [
      'the accounts are locked',
      async () => {
        await both((world) => lock(world, true));
        await both(({ database }) => database.set('cut'));
        await both(({ database }) => database.set('pass'));
      },
      withoutDatabase,
      () => both((world) => lock(world, false)),
    ],
    ['Kafka is cut off', async () => kafkaProxy.set('cut'), withoutKafka, async () => kafkaProxy.set('pass')],
    ['Kafka hangs', async () => kafkaProxy.set('stall'), withoutKafka, async () => kafkaProxy.set('pass')],
    ['a topic is deleted that is published', () => both(deleteTopics('status')), withoutTopics('status'), recreate],
    // With records that were read, the service stops afterwards: its offsets are beyond the end.
    [
      'topics are deleted that are read, and were empty',
      () => deleteTopics('send', 'receivedAck')(idle),
      withoutTopics('send', 'receivedAck'),
      recreate,
    ],
  ];

  it.each(CASES)(
    'is right within 10 s of the time when %s, and of its end',
    async (_name, take, isNoticed, giveBack) => {
      await allReady();
      await take();
      await isNoticed();
      await giveBack();
      await allReady();
    },
  );
});
