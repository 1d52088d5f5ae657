// Runs a real Kafka (KRaft, one node that is broker and controller) until standard input closes;
// prints host:port. For the options see run-server.mjs. `--properties FILE` adds lines to the
// configuration, in which {port} and {controllerPort} stand for the ports of the two default
// listeners. With `controller.quorum.voters` in it the node is part of a cluster, whose id is in
// DIR/cluster-id and the same for all nodes.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { fetchKafkaJars } from './kafka-jars.mjs';
import { freePort, runServer, ServerProblem } from './run-server.mjs';

const OWN_KAFKA = 'or use a Kafka of your own with --kafka host:port';
const LOGGING = `<Configuration status="error"><Appenders><Console name="log"><PatternLayout pattern="%d %p %c: %m%n"/></Console></Appenders>
<Loggers><Root level="warn"><AppenderRef ref="log"/></Root></Loggers></Configuration>
`;
// Without UsePerfData: a killed Java would leave its files in the temporary directory.
const JAVA_OPTIONS = ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];
let java;
let javaVersion;
let jars;

const findJava = () => {
  const own = process.env.JAVA_HOME && join(process.env.JAVA_HOME, 'bin', 'java');
  java = own && existsSync(own) ? own : 'java';
  const { status, stderr } = spawnSync(java, ['-version'], { encoding: 'utf8' });
  if (status !== 0) {
    throw new ServerProblem(
      `Java is not installed, and Kafka needs version 17 or newer: install it (e.g. apt-get install openjdk-17-jre-headless), ${OWN_KAFKA}`,
    );
  }
  const [, full, major, minor] = /version "((\d+)(?:\.(\d+))?[^"]*)/.exec(stderr) ?? [];
  javaVersion = full;
  const version = Number(major === '1' ? minor : major);
  if (version < 17) {
    throw new ServerProblem(`Java is version ${version}, and Kafka needs 17 or newer: install that one, ${OWN_KAFKA}`);
  }
};

const properties = (directory, port, controllerPort) => `process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${join(directory, 'data')}
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
`;

const withMore = (lines, extra, ports) => {
  const more = extra === undefined ? '' : readFileSync(extra, 'utf8');
  return Object.entries(ports).reduce((text, [name, port]) => text.replaceAll(`{${name}}`, port), lines + more);
};

const clusterIdOf = (directory) => readFileSync(join(directory, 'cluster-id'), 'utf8');
const classPath = () => ['-cp', join(jars, '*')];

/**
 * Classes that Java has read and verified once: a start with them takes a quarter less of the
 * processor. They are valid for one version of Java and these very jars.
 */
const sharedClasses = () => join(jars, `classes-${javaVersion}.jsa`);

const prepare = async ({ directory, run, extra }) => {
  findJava();
  jars = await fetchKafkaJars({ directory, run });
  writeFileSync(join(directory, 'log4j2.xml'), LOGGING);
  if (existsSync(join(directory, 'data', 'meta.properties'))) return;
  if (!existsSync(join(directory, 'cluster-id'))) {
    // The formatter would take an id that begins with a dash for an option.
    writeFileSync(join(directory, 'cluster-id'), randomBytes(16).toString('base64url').replace(/^-/, '_'));
  }
  const file = join(directory, 'server.properties');
  const [port, controllerPort] = [await freePort(), await freePort()];
  const lines = withMore(properties(directory, port, controllerPort), extra, { port, controllerPort });
  writeFileSync(file, lines);
  const alone = lines.includes('controller.quorum.voters=') ? [] : ['--standalone'];
  const format = ['kafka.tools.StorageTool', 'format', ...alone, '-t', clusterIdOf(directory), '-c', file];
  const draft = `${sharedClasses()}.${process.pid}`;
  const classes = existsSync(sharedClasses())
    ? `SharedArchiveFile=${sharedClasses()}`
    : `ArchiveClassesAtExit=${draft}`;
  const { code, output } = await run(java, [...JAVA_OPTIONS, `-XX:${classes}`, ...classPath(), ...format]);
  if (code !== 0) throw new ServerProblem(`Kafka's storage cannot be formatted: ${output.slice(-1000)}`);
  if (existsSync(draft)) renameSync(draft, sharedClasses());
};

await runServer({
  name: 'kafka',
  stopSignal: 'SIGTERM',
  prepare,
  launch: async ({ directory, port, extra }) => {
    const file = join(directory, 'server.properties');
    const controllerPort = await freePort();
    writeFileSync(file, withMore(properties(directory, port, controllerPort), extra, { port, controllerPort }));
    const options = [
      `-XX:SharedArchiveFile=${sharedClasses()}`,
      `-Dlog4j2.configurationFile=${join(directory, 'log4j2.xml')}`,
    ];
    return { command: java, args: [...JAVA_OPTIONS, ...options, ...classPath(), 'kafka.Kafka', file], options: {} };
  },
  probe: async ({ directory, port }) => {
    const brokers = [`127.0.0.1:${port}`];
    const admin = new Kafka({
      brokers,
      logLevel: logLevel.NOTHING,
      requestTimeout: 2000,
      retry: { retries: 0 },
    }).admin();
    try {
      await admin.connect();
      // The cluster id tells this server from another one that took the port first.
      const cluster = await admin.describeCluster();
      if (cluster.clusterId !== clusterIdOf(directory) || cluster.brokers.length === 0) return undefined;
      // The first search for a group coordinator makes the broker create its offsets topic. Until
      // that exists, the broker refuses consumers.
      await admin.describeGroups(['nobody']);
      return brokers[0];
    } catch {
      return undefined;
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  },
});
