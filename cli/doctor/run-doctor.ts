import { archiverConfig } from '../../services/archiver/config';
import { relayConfig } from '../../services/exchange-relay/config';
import { toDatabaseSettings } from '../../shared/config/database-variables';
import { defineConfig, loadConfig } from '../../shared/config/define-config';
import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { messageOf } from '../../shared/errors';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { toKafkaError } from '../../shared/kafka/kafkajs/kafka-errors';
import { fetchLogEnds } from '../../shared/kafka/kafkajs/log-range';
import { toGroupId } from '../../shared/kafka/kafkajs/topics';
import { loadClock } from '../connect/load-clock';
import { openKafka } from '../connect/open-kafka';
import { loadKafkaSettings, loadMigrationSettings } from '../connect/settings';
import { adviceFor, EXIT, usageError } from '../report-error';
import type { CliContext, Run } from '../run-action';
import { databaseChecks } from './check-database';
import { flowChecks } from './check-flow';
import { kafkaChecks } from './check-kafka';
import { engineChecks } from './check-oracle';
import { checkRegistry } from './check-registry';
import { checkRights } from './check-rights';
import { SERVICES, serviceChecks } from './check-services';
import { writingChecks } from './check-writing';
import { broken, type Check, type Finding } from './finding';
import { lookIntoDatabase } from './look-into-database';
import { findOldestRecord } from './oldest-record';
import { loadRelayPositions } from './relay-positions';
import { showFinding } from './show-finding';
import { unlessHidden } from './unless-hidden';

const doctorSettings = defineConfig('sms-bridge', 'doctor', {
  RELAY_GROUP: relayConfig.variables.RELAY_GROUP,
  EXCHANGE_HIGH_ROWS: relayConfig.variables.EXCHANGE_HIGH_ROWS,
  EXCHANGE_HIGH_AGE_SECONDS: relayConfig.variables.EXCHANGE_HIGH_AGE_SECONDS,
  ARCHIVER_GROUP: archiverConfig.variables.ARCHIVER_GROUP,
});

type Report = {
  readonly add: (finding: Finding) => void;
  readonly failed: () => number;
  readonly warned: () => number;
};

const createReport = ({ output }: CliContext): Report => {
  const seen: Finding[] = [];
  const count = (state: Finding['state']): number => seen.filter((finding) => finding.state === state).length;
  return {
    add: (finding) => {
      seen.push(finding);
      output.emit(finding, () => showFinding(finding, output));
    },
    failed: () => count('failed'),
    warned: () => count('warning'),
  };
};

/**
 * Runs checks one after the other; an error that a check throws becomes its finding. Returns false
 * when an essential check failed or the signal fired: the rest is skipped then.
 */
const runChecks = async (
  checks: readonly Check[],
  { add }: Report,
  signal: AbortSignal,
  url?: string,
): Promise<boolean> => {
  for (const { name, look, essential } of checks) {
    if (signal.aborted) return false;
    let findings: readonly Finding[];
    try {
      findings = [await look()].flat();
    } catch (error) {
      findings = [broken(name, messageOf(error), adviceFor(error, url) ?? 'See the message.')];
    }
    for (const finding of findings) add(finding);
    if (essential && findings.some(({ state }) => state === 'failed')) return false;
  }
  return true;
};

/**
 * Loads settings. Invalid settings become a finding; the result is then undefined, and the checks
 * that need them are skipped.
 */
/** Returns the problems of a configuration without the line that counts them. */
const problemsIn = (message: string): string => {
  const [first = '', ...problems] = message.split('\n');
  return problems.length === 0 ? first : problems.map((line) => line.trim()).join('; ');
};

const settingsOf = <T>(name: string, load: () => T, { add }: Report): T | undefined => {
  try {
    return load();
  } catch (error) {
    add(broken(name, problemsIn(messageOf(error)), adviceFor(error) ?? 'Correct the setting.'));
    return undefined;
  }
};

type Extra = ReturnType<typeof loadConfig<(typeof doctorSettings)['variables']>>;

const checkDatabase = async (
  context: CliContext,
  extra: Extra,
  report: Report,
  without: readonly string[],
): Promise<Database | undefined> => {
  const { env, signal } = context;
  const settings = settingsOf('settings: database', () => loadMigrationSettings(env), report);
  const mapping = settingsOf(
    'settings: exchange names',
    () => loadExchangeMapping(env.EXCHANGE_FILE || undefined),
    report,
  );
  if (settings === undefined || mapping === undefined) return undefined;
  const db = settingsOf(
    'settings: database',
    () => openDatabase(toDatabaseSettings(settings, 'sms-bridge-cli')),
    report,
  );
  if (db === undefined) return undefined;
  const clock = loadClock(env);
  const looks = lookIntoDatabase(db, mapping);
  const engine = {
    poolMax: settings.DATABASE_POOL_MAX,
    statementCache: settings.ORACLE_STATEMENT_CACHE,
    tablespaces: settings.ORACLE_TABLESPACES,
  };
  const marks = { highRows: extra.EXCHANGE_HIGH_ROWS, highAgeSeconds: extra.EXCHANGE_HIGH_AGE_SECONDS };
  const reachable = await runChecks(
    [
      ...databaseChecks(db, looks, mapping, engineChecks(db, mapping, engine)),
      { name: 'rights', look: () => checkRights(looks) },
      ...writingChecks(db, looks, mapping),
      ...flowChecks(db, looks, mapping, marks, clock),
      ...serviceChecks(db, accountOf(settings.DATABASE_URL), without),
    ],
    report,
    signal,
    settings.DATABASE_URL,
  );
  if (reachable) return db;
  await db.close();
  return undefined;
};

const checkKafka = async (
  context: CliContext,
  db: Database | undefined,
  extra: Extra,
  report: Report,
  without: readonly string[],
): Promise<void> => {
  const { env, verbose, signal } = context;
  const settings = settingsOf('settings: Kafka', () => loadKafkaSettings(env), report);
  if (settings === undefined) return;
  const connection = settingsOf('settings: Kafka', () => openKafka(settings, verbose), report);
  if (connection === undefined) return;
  const { hasty, topics } = connection;
  const admin = hasty.admin({ retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3 } });
  const startedAt = performance.now();
  const connect: Check = {
    name: 'kafka: connection',
    essential: true,
    look: async () => {
      try {
        await admin.connect();
      } catch (error) {
        throw toKafkaError(error);
      }
      return [];
    },
  };
  const relayGroup = toGroupId(extra.RELAY_GROUP, settings.TOPIC_PREFIX);
  const ackGroup = toGroupId(extra.ARCHIVER_GROUP, settings.TOPIC_PREFIX);
  const groups = [
    {
      groupId: relayGroup,
      service: 'exchange-relay',
      topic: topics.send,
      // Without the database, or for an account that cannot read the table, the lag is computed
      // from the group's offsets in Kafka, which the relay commits a moment later.
      positions: db && (() => unlessHidden(loadRelayPositions(db, relayGroup, topics.send))),
      oldestFrom: (from: ReadonlyMap<number, number>) => findOldestRecord(connection, topics.send, from, signal),
      logEnds: () => fetchLogEnds(hasty, topics.send),
    },
    {
      groupId: ackGroup,
      service: 'archiver',
      topic: topics.receivedAck,
      positions: undefined,
      oldestFrom: (from: ReadonlyMap<number, number>) => findOldestRecord(connection, topics.receivedAck, from, signal),
      logEnds: () => fetchLogEnds(hasty, topics.receivedAck),
    },
  ];
  try {
    const wanted = groups.filter(({ service }) => !without.includes(service));
    await runChecks(
      [connect, ...kafkaChecks(admin, topics, wanted, settings.KAFKA_BROKERS.join(','), startedAt)],
      report,
      signal,
    );
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
  const { SCHEMA_REGISTRY_URL: url, SCHEMA_REGISTRY_AUTH: auth } = settings;
  if (url === undefined) return;
  await runChecks([{ name: 'registry: connection', look: () => checkRegistry(url, auth, topics) }], report, signal);
};

export type DoctorArguments = {
  /** services that are not meant to run, comma-separated */
  readonly without?: string;
};

const accountOf = (url: string): string =>
  URL.canParse(url) ? decodeURIComponent(new URL(url).username).toUpperCase() : 'this account';

/** @throws BridgeError USAGE for an unknown service */
const toServices = (list: string | undefined): readonly string[] => {
  const names = list?.split(',').map((name) => name.trim()) ?? [];
  const unknown = names.filter((name) => !(SERVICES as readonly string[]).includes(name));
  if (unknown.length === 0) return names;
  throw usageError(`--without ${unknown.join(',')}: there are ${SERVICES.join(', ')}`);
};

/**
 * Returns EXIT.failed when a check failed.
 * @throws BridgeError USAGE
 */
export const runDoctor: Run<DoctorArguments> = async (context, options) => {
  const { env, output, signal } = context;
  const without = toServices(options.without);
  const report = createReport(context);
  const extra = loadConfig(doctorSettings, env);
  const db = await checkDatabase(context, extra, report, without);
  try {
    await checkKafka(context, db, extra, report, without);
  } finally {
    await db?.close();
  }
  if (signal.aborted) return EXIT.interrupted;
  const [failures, warnings] = [report.failed(), report.warned()];
  output.say(failures + warnings === 0 ? '\nall is well' : `\n${failures} ✗, ${warnings} !`);
  return failures === 0 ? EXIT.ok : EXIT.failed;
};
