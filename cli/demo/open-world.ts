import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openCodecs } from '../../shared/avro/open-codecs';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import { createTopics } from '../../shared/kafka/kafkajs/topics';
import { openKafka, withAdmin } from '../connect/open-kafka';
import { loadKafkaSettings } from '../connect/settings';
import { openWatchdog } from './child-processes';
import { matching, openTables } from './open-tables';
import { runNightJob, type ServiceWorld, startServices, untilReady } from './run-services';
import { startServer } from './start-server';
import type { Defer, DemoWorld, WorldRequest } from './world';

const PARTITIONS = 6;

const openBroker = async ({ context, options, signal, defer, say }: WorldRequest, run: string) => {
  const theirs = options.kafka !== undefined;
  let settings: ReturnType<typeof loadKafkaSettings>;
  if (theirs) settings = loadKafkaSettings(context.env);
  else {
    const server = await startServer('kafka', { signal, note: say });
    defer(server.stop);
    settings = loadKafkaSettings({ KAFKA_BROKERS: server.address });
  }
  // On a shared Kafka, a prefix keeps records of earlier demos and of real systems apart.
  const topicPrefix = theirs ? `${settings.TOPIC_PREFIX ?? ''}${run}.` : undefined;
  const connection = openKafka({ ...settings, TOPIC_PREFIX: topicPrefix }, context.verbose);
  const { kafka, topics, logger } = connection;
  if (theirs) {
    defer(() =>
      withAdmin(kafka, async (admin) => {
        const existing = new Set(await admin.listTopics());
        await admin.deleteTopics({ topics: Object.values(topics).filter((name) => existing.has(name)) });
      }),
    );
    defer(() =>
      withAdmin(kafka, async (admin) => {
        const { groups } = await admin.listGroups();
        await admin.deleteGroups(groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(run)));
      }),
    );
  }
  await createTopics(kafka, topics, { partitions: PARTITIONS, replicationFactor: theirs ? -1 : 1 });
  const sink = await openRecordSink(kafka, { logger });
  defer(sink.close);
  const codecs = await openCodecs({
    registryUrl: settings.SCHEMA_REGISTRY_URL,
    registryAuth: settings.SCHEMA_REGISTRY_AUTH,
    topics,
  });
  const brokers = settings.KAFKA_BROKERS.join(',');
  say(`Kafka on ${brokers}${theirs ? `, topics ${topicPrefix}*` : ''}`);
  const inherited = theirs ? matching(context.env, /^(KAFKA_(TLS|SASL)|SCHEMA_REGISTRY)/) : {};
  return { brokers, topicPrefix, connection, sink, codecs, inherited };
};

const openLogs = (
  defer: Defer,
  watchdog: { readonly removeLater: (directory: string) => void },
  kept?: string,
): string => {
  if (kept !== undefined) {
    mkdirSync(resolve(kept), { recursive: true });
    return resolve(kept);
  }
  const directory = join(tmpdir(), `sms-bridge-demo-${randomBytes(6).toString('hex')}`);
  watchdog.removeLater(directory);
  mkdirSync(directory, { mode: 0o700 });
  defer(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

/**
 * Resolves with both results, or rejects with the first error. Waits until both have settled either
 * way, so that everything opened is also closed.
 */
const both = async <A, B>(one: Promise<A>, other: Promise<B>): Promise<readonly [A, B]> => {
  await Promise.allSettled([one, other]);
  return [await one, await other];
};

/**
 * Starts servers and services, and creates topics, tables, logins and applications. Everything
 * opened is closed through `defer`, also when this rejects.
 */
export const openWorld = async (request: WorldRequest): Promise<DemoWorld> => {
  const { options, signal, defer, say, onDeath } = request;
  const run = `demo-${randomBytes(3).toString('hex')}`;
  const watchdog = await openWatchdog();
  const logDirectory = openLogs(defer, watchdog, options.logs);
  const [broker, tables] = await both(openBroker(request, run), openTables(request));
  const world: ServiceWorld = {
    run,
    brokers: broker.brokers,
    topicPrefix: broker.topicPrefix,
    urls: tables.database.urls,
    inherited: { ...broker.inherited, ...tables.inherited },
  };
  const onKilled = (name: string, how: string): void => {
    if (options.kill !== true) say(`${name} was killed (${how}): it is started again`);
  };
  const services = startServices(world, { logDirectory, watchdog, onDeath, onKilled });
  defer(() => Promise.all(services.map((service) => service.stop())));
  await untilReady(services, signal);
  say('the four services and the simulated province are running');
  return {
    run,
    brokers: broker.brokers,
    topicPrefix: broker.topicPrefix,
    database: tables.database,
    kafka: broker.connection,
    sink: broker.sink,
    codecs: broker.codecs,
    services,
    nightJob: (killAfterMs) => runNightJob(world, { logDirectory, watchdog }, killAfterMs),
  };
};
