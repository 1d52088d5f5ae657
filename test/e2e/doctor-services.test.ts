import { lookAtHolders } from '../../cli/doctor/look-at-sessions';
import { openDatabase } from '../../shared/database/open-database';
import {
  type BridgeGround,
  type BridgeWorld,
  createBridgeGround,
  createBridgeWorld,
  manyMessages,
} from '../support/bridge-world';
import { useStandingCli } from '../support/run-cli';
import { SERVICES, type Service, type ServiceProcess } from '../support/service-process';
import { onOneEngine } from '../support/test-engines';
import { testBrokers } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';

const runCli = useStandingCli();

onOneEngine('sms-bridge doctor and the services', (engine) => {
  let ground: BridgeGround;
  let world: BridgeWorld;
  const services = new Map<Service, ServiceProcess>();
  const start = (name: Service): Promise<number> => {
    const started = world.start(name);
    services.set(name, started);
    return started.ready();
  };
  const pidOf = (name: Service): number => services.get(name)?.pid as number;

  /** Returns the exit code, and the state and text of each check about services and progress. */
  const doctor = async (...more: readonly string[]) => {
    const { code, json } = await runCli(
      [
        'doctor',
        '--json',
        '--database',
        world.database.url,
        '--kafka',
        testBrokers(),
        '--topic-prefix',
        world.prefix,
        ...more,
      ],
      { env: { TZ: 'UTC' } },
    );
    const of = (check: string) => {
      const found = json().find((finding) => finding.check === check);
      return found && `${found.state}: ${found.detail}`;
    };
    return { code, of };
  };
  /** On the stand-in no account may read GV$SESSION. */
  const expectService = (found: string | undefined, like: RegExp): void => {
    if (engine === 'pg') expect(found).toMatch(like);
  };
  const publishAcks = (count: number) =>
    world.sink.publish(
      Array.from({ length: count }, (_, i) => ({
        topic: world.topics.receivedAck,
        key: null,
        value: world.codecs.receivedAck.encode({ receivedId: `r-${i}`, appId: 'billing', processedAt: Date.now() }),
      })),
    );
  const user = (name: Service): string =>
    decodeURIComponent(new URL(ground.urls[name].replace('oracle:', 'http:')).username);

  beforeAll(async () => {
    ground = await createBridgeGround({ engine });
    world = await createBridgeWorld({ ground, partitions: 2 });
    await Promise.all(SERVICES.map(start));
  }, 120_000);
  afterAll(async () => {
    for (const { child, exited } of services.values()) if (!exited()) child.kill('SIGCONT');
    await world.close();
    await ground.close();
  });

  it('finds all of them at work', async () => {
    await world.publish(manyMessages('well', 20));
    await waitUntil('all are handed over', async () => {
      const [row] = await world.database.run<{ n: string }>('SELECT count(*) AS n FROM client_sms_send');
      return Number(row?.n) === 20;
    });
    const { of } = await doctor();
    for (const service of SERVICES) expectService(of(`service: ${service}`), /^ok: runs: /);
    if (engine === 'oracledb') expect(of('service: all')).toMatch(/^warning: .*GV\$SESSION/);
    expect(of(`progress: ${world.topics.send}`)).toBe('ok: nothing waits unhandled');
    expect(of(`progress: ${world.topics.receivedAck}`)).toBe('ok: nothing waits unhandled');
  });

  it('does not take the mark of a transaction for a record that waits', async () => {
    const producer = world.kafka.producer({
      transactionalId: `${world.prefix}tx`,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    const value = world.codecs.send.encode(manyMessages('aborted', 1)[0]!);
    await transaction.send({ topic: world.topics.send, messages: [{ value, partition: 0 }] });
    await transaction.abort();
    await producer.disconnect();
    expect((await doctor()).of(`progress: ${world.topics.send}`)).toBe('ok: nothing waits unhandled');
  });

  it.each([
    ['exchange-relay', () => world.publish(manyMessages('frozen', 5)), 'send'],
    ['archiver', () => publishAcks(5), 'receivedAck'],
  ] as const)('finds %s frozen while records wait for it', async (name, publish, topic) => {
    process.kill(pidOf(name), 'SIGSTOP');
    await publish();
    const { code, of } = await doctor();
    process.kill(pidOf(name), 'SIGCONT');
    expect(of(`progress: ${world.topics[topic]}`)).toMatch(
      /^failed: nothing was handled between two looks: partition .* the oldest record waits for \d+ s/,
    );
    expect(code).toBe(1);
    await waitUntil('it works again', async () =>
      (await doctor()).of(`progress: ${world.topics[topic]}`)?.startsWith('ok'),
    );
  });

  it('finds a service that is locked out of the database, idle or with records that wait for it', async () => {
    // The stand-in shows no account the sessions of others, and has no way to end them.
    if (engine !== 'pg') return;
    const { db } = world.database;
    const names = ['exchange-relay', 'report-collector'] as const;
    for (const name of names) {
      await db.knex.raw(`ALTER ROLE "${user(name)}" NOLOGIN`);
      await db.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [user(name)]);
    }
    await world.publish(manyMessages('locked-out', 5));
    const { code, of } = await doctor();
    for (const name of names) await db.knex.raw(`ALTER ROLE "${user(name)}" LOGIN`);
    expect(code).toBe(1);
    for (const name of names) expect(of(`service: ${name}`)).toMatch(/^failed: has no session in this database/);
    expect(of(`progress: ${world.topics.send}`)).toMatch(/^failed: nothing was handled/);
    await waitUntil('they work again', async () => {
      const again = await doctor();
      const checks = ['service: report-collector', `progress: ${world.topics.send}`];
      return checks.every((check) => again.of(check)?.startsWith('ok'));
    });
  });

  it('finds a service that does not run, unless it is not meant to', async () => {
    await services.get('producer')?.stop();
    await services.get('archiver')?.stop();
    const { code, of } = await doctor();
    expectService(of('service: producer'), /^failed: has no session in this database: it does not run/);
    expect(of(`group: ${world.prefix}archiver`)).toMatch(/^failed: no members/);
    expect(code).toBe(1);
    const fewer = await doctor('--without', 'producer,archiver');
    expect([fewer.of('service: producer'), fewer.of(`group: ${world.prefix}archiver`)]).toEqual([undefined, undefined]);
    const refused = await doctor('--without', 'producer,relay');
    expect(refused.code).toBe(2);
  });

  it('finds the session that holds locks for long, and how to end it', async () => {
    if (engine !== 'pg') return expect(await lookAtHolders(world.database.db, 0)).toBeUndefined();
    const holder = openDatabase({
      url: world.database.url,
      applicationName: 'business',
      poolMax: 1,
      statementTimeoutMs: 60_000,
    });
    await holder.transaction(async (tx) => {
      await tx.query('UPDATE sm_send_t SET priority = priority');
      const found = await waitUntil('it is found', async () => {
        const holders = await lookAtHolders(world.database.db, 1);
        return holders?.find(({ who }) => who.includes('business'));
      });
      expect(found.tables).toContain('sm_send_t');
      expect(found.end).toMatch(/^SELECT pg_terminate_backend\(\d+\)$/);
    });
    await holder.close();
  });
});
