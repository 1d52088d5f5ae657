import { hostname } from 'node:os';
import { runArchive } from '../../services/archiver/archive-batch';
import { archiveVariables, toArchiveLimits } from '../../services/archiver/config';
import type { RunCounts } from '../../services/archiver/core/run-counts';
import { createEventPublisher } from '../../services/archiver/kafka/publish-events';
import { findRuns } from '../../services/archiver/sql/record-run';
import { createArchivePorts } from '../../services/archiver/wiring/archive-ports';
import { openCodecs } from '../../shared/avro/open-codecs';
import { databaseChecks, databaseVariables } from '../../shared/config/database-variables';
import { defineConfig, loadConfig } from '../../shared/config/define-config';
import { kafkaChecks, kafkaVariables } from '../../shared/config/kafka-variables';
import { BridgeError } from '../../shared/errors';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import type { RecordSink } from '../../shared/kafka/ports';
import { createCrashPoint } from '../../shared/service/crash-point';
import { loadClock } from '../connect/load-clock';
import { expectTopics, type KafkaConnection, openKafka } from '../connect/open-kafka';
import { loadDatabaseSettings } from '../connect/settings';
import { withDatabase } from '../connect/with-database';
import { openProgress } from '../output/open-progress';
import { toTable } from '../output/to-table';
import { EXIT } from '../report-error';
import type { Run } from '../run-action';

const archiveSettings = defineConfig(
  'sms-bridge',
  'archive run',
  { ...kafkaVariables, ...databaseVariables, ...archiveVariables },
  [...kafkaChecks, ...databaseChecks],
);

const WORDS: Readonly<Record<keyof RunCounts, string>> = {
  deadlineUnknown: 'no report in time, now UNKNOWN',
  deadlineExpired: 'never handed over in time, now EXPIRED',
  sendArchived: 'sent messages moved to the history',
  acksApplied: 'early acknowledgements applied',
  acksDropped: 'acknowledgements of unknown messages, set aside',
  receiveProcessed: 'processed received messages moved to the history',
  receiveOfferedAgain: 'received messages offered again',
  receiveUnprocessed: 'unacknowledged received messages moved to the history',
  purgedSend: 'sent messages past their retention deleted',
  purgedReceive: 'received messages past their retention deleted',
  purgedTaken: 'rows that the province had marked as taken deleted',
};

const describe = (counts: RunCounts): string =>
  Object.entries(WORDS)
    .map(([name, words]) => `  ${counts[name as keyof RunCounts].toLocaleString('en').padStart(10)}  ${words}`)
    .join('\n');

/**
 * Returns a sink that connects when the first record is published: most of a run needs no Kafka,
 * and is done without it. After a failure the rest of the run fails at once.
 */
const openSinkLate = (connection: KafkaConnection): Pick<RecordSink, 'publish' | 'close'> => {
  const { kafka, topics, logger } = connection;
  let sink: Promise<RecordSink> | undefined;
  const open = async (): Promise<RecordSink> => {
    await expectTopics(connection, [topics.status, topics.received, topics.deadLetter]);
    return openRecordSink(kafka, { logger });
  };
  return {
    publish: async (records) => {
      sink ??= open();
      await (await sink).publish(records);
    },
    close: async () => (await sink)?.close(),
  };
};

/**
 * Runs `sms-bridge archive run`, which does what `archiver --once` does. Returns EXIT.ok only when
 * the run's outcome is `ok`.
 * @throws BridgeError ARCHIVE_BUSY, CONFIG_INVALID, REGISTRY_…, DB_…
 */
export const runArchiveNow: Run<object> = async ({ env, verbose, signal, output, stderr }) => {
  const settings = loadConfig(archiveSettings, env);
  const connection = openKafka(settings, verbose);
  const { topics, logger } = connection;
  const codecs = await openCodecs({
    registryUrl: settings.SCHEMA_REGISTRY_URL,
    registryAuth: settings.SCHEMA_REGISTRY_AUTH,
    topics,
    logger,
  });
  const sink = openSinkLate(connection);
  const progress = openProgress('archiving', stderr, env);
  let moved = 0;
  try {
    const outcome = await withDatabase(settings, (db) =>
      runArchive(
        createArchivePorts({
          db,
          mapping: loadExchangeMapping(settings.EXCHANGE_FILE),
          publisher: createEventPublisher(sink, codecs, topics),
          instanceId: `sms-bridge ${hostname()}`,
          crashPoint: createCrashPoint(env),
          onSlice: (phase, rows) => {
            moved += rows;
            progress.update(moved, moved, `${phase}: ${moved.toLocaleString('en')} rows`);
          },
          onInterrupted: (runs) => output.note(`${runs} earlier run(s) were interrupted; this one continues them`),
        }),
        toArchiveLimits(settings),
        { stop: signal },
      ),
    );
    progress.close();
    if (outcome.kind !== 'ran') throw new BridgeError('ARCHIVE_BUSY', 'another instance is archiving');
    const { run } = outcome;
    const ms = run.finishedAt - run.startedAt;
    output.emit(run, () => `archive run ${run.runId}: ${run.outcome}, ${ms} ms\n${describe(run.counts)}`);
    for (const problem of run.problems) output.note(`  ${problem}`);
    if (signal.aborted) return EXIT.interrupted;
    return run.outcome === 'ok' ? EXIT.ok : EXIT.failed;
  } finally {
    progress.close();
    await sink.close().catch(() => undefined);
  }
};

const SHOWN_RUNS = 20;

export const runArchiveList: Run<object> = async ({ env, output }) => {
  const clock = loadClock(env);
  const runs = await withDatabase(loadDatabaseSettings(env), (db) => findRuns(db, SHOWN_RUNS));
  if (output.json) {
    for (const run of runs) output.emit(run, () => '');
  } else if (runs.length === 0) output.say('no run yet');
  else {
    const rows = runs.map(({ startedAt, finishedAt, outcome, counts, problem }) => [
      clock.show(startedAt).slice(0, 19),
      finishedAt === null ? '-' : `${((finishedAt - startedAt) / 1000).toFixed(1)} s`,
      outcome,
      counts.sendArchived,
      counts.receiveProcessed + counts.receiveUnprocessed,
      counts.receiveOfferedAgain,
      problem?.split('\n')[0] ?? '',
    ]);
    output.say(
      toTable([`STARTED (${clock.zone})`, 'TOOK', 'OUTCOME', 'SENT', 'RECEIVED', 'AGAIN', 'PROBLEM'], rows, output),
    );
  }
  return undefined;
};
