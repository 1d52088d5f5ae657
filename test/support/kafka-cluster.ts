import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Admin, Kafka } from 'kafkajs';
import { createKafka } from '../../shared/kafka/kafkajs/create-kafka';
import { findPartitions } from '../../shared/kafka/kafkajs/topics';
import { createKillableServer, type KillableServer } from './killable-server';
import { freePort } from './own-server';
import { silentLogger } from './test-kafka';
import { waitUntil } from './wait-until';

const NODES = [1, 2, 3] as const;
const OFFSETS = '__consumer_offsets';

/**
 * As in production, except for the session timeout after which a dead broker loses its partitions:
 * 9 s there.
 */
const SETTINGS = `controller.quorum.bootstrap.servers=
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
min.insync.replicas=2
unclean.leader.election.enable=false
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=300
`;

export type KafkaCluster = {
  /** All three, as in KAFKA_BROKERS. */
  readonly brokers: string;
  readonly kafka: Kafka;
  readonly admin: Admin;
  /** Returns node n (1 to 3). */
  readonly node: (id: number) => KillableServer & { readonly address: string };
  /**
   * Resolves when all replicas of all partitions are in sync, those of the named new topics
   * included.
   */
  readonly whole: (...topics: readonly string[]) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/**
 * Starts three nodes, each broker and controller, in one quorum. Internal topics have three
 * replicas, of which two must be in sync.
 */
export const startKafkaCluster = async (): Promise<KafkaCluster> => {
  const directory = mkdtempSync(join(tmpdir(), 'sms-bridge-cluster-'));
  const identity = randomBytes(15).toString('hex').slice(0, 22);
  const places = await Promise.all(
    NODES.map(async (id) => ({ id, port: await freePort(), controllerPort: await freePort() })),
  );
  const voters = places.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`).join(',');
  const nodes = places.map(({ id, port, controllerPort }) => {
    const home = join(directory, String(id));
    mkdirSync(home);
    writeFileSync(join(home, 'cluster-id'), identity);
    const listeners = `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`;
    const lines = `node.id=${id}\ncontroller.quorum.voters=${voters}\nlisteners=${listeners}\nadvertised.listeners=${listeners}\n${SETTINGS}`;
    const properties = join(home, 'more.properties');
    writeFileSync(properties, lines);
    const server = createKillableServer('kafka', home, { port: String(port), more: ['--properties', properties] });
    return { ...server, address: `127.0.0.1:${port}` };
  });
  await Promise.all(nodes.map((node) => node.start()));
  const brokers = nodes.map(({ address }) => address);
  const kafka = createKafka({ brokers, clientId: 'test' }, silentLogger);
  const admin = kafka.admin();
  await admin.connect();
  return {
    brokers: brokers.join(','),
    kafka,
    admin,
    node: (id) => nodes[id - 1]!,
    whole: async (...named) => {
      await waitUntil('all replicas are in sync', async () => {
        // a broker learns of a new topic a moment after the controller
        const topics = new Set([...(await admin.listTopics()), OFFSETS, ...named]);
        const found = await findPartitions(admin, [...topics]);
        return found?.every(({ partitions }) =>
          partitions.every(({ isr, replicas }) => isr.length === replicas.length),
        );
      });
    },
    stop: async () => {
      await admin.disconnect().catch(() => undefined);
      // one after the other would take seconds: the last ones wait for a lost quorum
      await Promise.all(nodes.map((node) => node.kill()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
