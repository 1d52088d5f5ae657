import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { ServerProblem } from './run-server.mjs';

export const KAFKA_VERSION = '4.4.0';
const LOG_BINDING_VERSION = '2.25.2';

const dependency = (group, artifact, version) =>
  `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>sms.bridge</groupId><artifactId>kafka-jars</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependency('org.apache.kafka', 'kafka_2.13', KAFKA_VERSION)}
${dependency('org.apache.logging.log4j', 'log4j-slf4j-impl', LOG_BINDING_VERSION)}</dependencies></project>
`;

/** Tells whether files can be created in the directory; creates it if it is missing. */
const writable = (directory) => {
  try {
    mkdirSync(directory, { recursive: true });
    rmSync(mkdtempSync(join(directory, '.try-')), { recursive: true });
    return true;
  } catch {
    return false;
  }
};

/**
 * Returns the directory with Kafka's jars. Maven downloads them the first time into the user's
 * cache directory, or into `directory` when that is not writable. One rename publishes the complete
 * directory, so that simultaneous downloads do not see each other's partial files.
 * @throws ServerProblem
 */
export const fetchKafkaJars = async ({ directory, run }) => {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sms-bridge');
  const place = writable(cache) ? cache : directory;
  const jars = join(place, `kafka-${KAFKA_VERSION}`);
  if (existsSync(jars)) return jars;
  const maven = await run('mvn', ['--version']);
  if (maven.code !== 0) {
    throw new ServerProblem(
      'Maven is not installed, and fetches Kafka the first time: install it (e.g. apt-get install maven), or use a Kafka of your own with --kafka host:port',
    );
  }
  process.stderr.write(`fetching Kafka ${KAFKA_VERSION} (45 MB, once) to ${jars}\n`);
  const scratch = mkdtempSync(join(place, '.fetching-'));
  try {
    writeFileSync(join(scratch, 'pom.xml'), POM);
    // Java takes the home directory from the user database, not from HOME. An account without a
    // home cannot keep Maven's own cache.
    const repository = writable(join(userInfo().homedir, '.m2'))
      ? []
      : [`-Dmaven.repo.local=${join(scratch, 'repository')}`];
    const fetched = join(scratch, 'jars');
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${fetched}`];
    const args = ['-q', '-B', '-f', join(scratch, 'pom.xml'), ...repository, ...goal];
    let result = await run('mvn', args);
    // Two Mavens that fill one repository at the same time can make each other fail once.
    if (result.code !== 0) result = await run('mvn', args);
    if (result.code !== 0) {
      const why = result.output.split('\n').find((line) => line.includes('[ERROR]')) ?? result.output.slice(-500);
      throw new ServerProblem(`Maven cannot fetch Kafka (or use one of your own with --kafka host:port): ${why}`);
    }
    try {
      renameSync(fetched, jars);
    } catch (error) {
      // Another process was faster.
      if (!existsSync(jars)) throw error;
    }
    return jars;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};
