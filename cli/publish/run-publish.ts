import { openCodecs } from '../../shared/avro/open-codecs';
import type { SmsStatus } from '../../shared/avro/records';
import { defineConfig, loadConfig } from '../../shared/config/define-config';
import { messageVariables } from '../../shared/config/message-variables';
import { loadDestAddr } from '../../shared/exchange/load-dest-addr';
import type { Country } from '../../shared/sms/normalise-msisdn';
import { validateSend } from '../../shared/sms/validate-send';
import { pause } from '../../shared/timing/pause';
import { loadClock } from '../connect/load-clock';
import { positionsOf } from '../connect/read-topic';
import { type KafkaSettings, loadKafkaSettings } from '../connect/settings';
import { openProgress } from '../output/open-progress';
import { EXIT, usageError } from '../report-error';
import type { CliContext, Run } from '../run-action';
import { type Follower, followFinals } from './follow-finals';
import { believeApplications, readApplications } from './known-applications';
import { createMessageIds, type MessageIds } from './message-ids';
import { type Input, openInput } from './open-input';
import { createPatientPublish, openTarget, START_LIMIT_MS } from './open-target';
import { type PublishArguments, toCommonFields, toSingleEntry } from './publish-arguments';
import { type PublishPorts, publishMessages } from './publish-messages';
import { createPublishReport, type PublishReport } from './publish-report';
import type { Defaults } from './to-message';
import { type KafkaWatch, watchKafka } from './watch-kafka';
import { withIdle } from './with-idle';

const judgeSettings = defineConfig('sms-bridge', 'judging messages', messageVariables);

/** Longest wait for a full batch, so that typed lines are published at once. */
const IDLE_MS = 100;

/** What is left to do when Kafka no longer answers is not worth more. */
const CLOSE_LIMIT_MS = 3_000;

const createValidate = async (context: CliContext, options: PublishArguments): Promise<PublishPorts['validate']> => {
  const { env, output } = context;
  const config = loadConfig(judgeSettings, env);
  const hasDatabase = Boolean(env.DATABASE_URL || env.DATABASE_URL_FILE);
  if (options.appCheck && !hasDatabase) output.note('applications are not looked up: DATABASE_URL is not set');
  const { find, ...known } =
    options.appCheck && hasDatabase ? await readApplications(env) : { find: believeApplications };
  const limits = {
    country: config.COUNTRY as Country,
    contentMax: config.CONTENT_MAX,
    recipients: config.RECIPIENTS,
    destAddr: loadDestAddr({ ...config, EXCHANGE_FILE: env.EXCHANGE_FILE || undefined }),
    ...known,
  };
  return (message) => validateSend(message, find(message.appId), limits, Date.now());
};

const openEntries = (context: CliContext, options: PublishArguments, file: string | undefined): Promise<Input> => {
  const fields = toCommonFields(options);
  if (file === undefined) return Promise.resolve(toSingleEntry(fields));
  if (options.messageId !== undefined)
    throw usageError('--message-id is for one message; use a column messageId or --id-prefix');
  return openInput(file, context.stdin, context.signal, {
    ...(options.format === undefined ? {} : { format: options.format }),
    encoding: options.encoding,
    ...(options.sheet === undefined ? {} : { sheet: options.sheet }),
    ignoreUnknown: options.ignoreUnknown === true,
    defaults: new Set(fields.keys()),
  });
};

type Work = {
  readonly context: CliContext;
  readonly options: PublishArguments;
  readonly input: Input;
  readonly validate: PublishPorts['validate'];
  readonly defaults: Defaults;
  readonly report: PublishReport;
  readonly note: (text: string) => void;
  readonly ids: MessageIds;
};

const judgeOnly = async ({ context, options, input, validate, defaults, report }: Work): Promise<void> => {
  const codecs = await openCodecs();
  const ports: PublishPorts = {
    validate,
    encode: codecs.send.encode,
    publish: async () => undefined,
    onPublishing: () => undefined,
    onPublished: report.published,
    onBad: report.bad,
    stopped: () => context.signal.aborted,
  };
  await publishMessages(input.entries, ports, { topic: 'sms.send', batchSize: options.batchSize, defaults });
};

/** A message with a new id has no earlier status, so the log is not read for it. */
const awaitFinals = async (follower: Follower, { options, report, ids }: Work): Promise<void> => {
  const finished = follower.finished(options.waitSeconds * 1000);
  // it is awaited below
  finished.catch(() => undefined);
  if (ids.reusable()) {
    await Promise.race([follower.lookBack(report.sentBefore), finished]);
    report.lookedBack();
  }
  if (!(await finished)) report.gaveUp(follower.open());
};

const publishAll = async (work: Work, settings: KafkaSettings, watch: KafkaWatch): Promise<void> => {
  const { context, options, input, validate, defaults, report, ids } = work;
  const { signal } = context;
  const { connection, codecs, sink } = await openTarget(settings, watch, {
    verbose: context.verbose,
    wait: options.wait === true,
  });
  const { kafka, topics } = connection;
  let follower: Follower | undefined;
  try {
    if (options.wait) {
      const from = await positionsOf(kafka, topics.status);
      const onFinal = (status: SmsStatus): void => report.final(status);
      follower = followFinals(connection, codecs.status, from, signal, onFinal);
    }
    const ports: PublishPorts = {
      validate,
      encode: codecs.send.encode,
      publish: createPatientPublish(sink, watch, signal),
      onPublishing: (batch) => {
        ids.publishing(batch);
        follower?.expect(batch.map(({ message }) => message));
      },
      onPublished: report.published,
      onBad: report.bad,
      stopped: () => signal.aborted,
    };
    await publishMessages(withIdle(input.entries, IDLE_MS), ports, {
      topic: topics.send,
      batchSize: options.batchSize,
      defaults,
    });
    if (follower === undefined) return;
    report.waiting();
    watch.tryFor(options.waitSeconds * 1000);
    await awaitFinals(follower, work);
  } finally {
    await Promise.race([follower?.close(), pause(CLOSE_LIMIT_MS)]);
    await sink.close().catch(() => undefined);
  }
};

const publishWatched = async (work: Work, settings: KafkaSettings): Promise<void> => {
  const watch = watchKafka({ brokers: settings.KAFKA_BROKERS, note: work.note, limitMs: START_LIMIT_MS });
  try {
    await publishAll(work, settings, watch);
  } finally {
    watch.close();
  }
};

/**
 * Runs `sms-bridge publish`: validates, publishes, and with `--wait` waits for the final statuses.
 * Returns EXIT.failed when a line was bad or a message did not succeed.
 * @throws BridgeError USAGE, CONFIG_INVALID, TOPIC_MISSING, KAFKA_…, REGISTRY_…, DB_…
 */
export const runPublish: Run<PublishArguments> = async (context, options, [file]) => {
  const { env, stderr, output, signal } = context;
  if (options.wait && options.dryRun)
    throw usageError('--dry-run publishes nothing, so there is nothing to --wait for');
  const settings = options.dryRun ? undefined : loadKafkaSettings(env);
  const input = await openEntries(context, options, file);
  const validate = await createValidate(context, options);
  const ids = createMessageIds(options.idPrefix);
  const defaults: Defaults = {
    fields: file === undefined ? new Map() : toCommonFields(options),
    messageId: ids.next,
    now: Date.now,
    toInstant: loadClock(env).toInstant,
    ignoreUnknown: options.ignoreUnknown === true,
  };
  const progress = openProgress(options.dryRun ? 'judging' : 'publishing', stderr, env);
  const report = createPublishReport({
    output,
    progress,
    input,
    single: file === undefined,
    dryRun: options.dryRun === true,
  });
  const work: Work = { context, options, input, validate, defaults, report, note: progress.note, ids };
  try {
    if (settings === undefined) await judgeOnly(work);
    else await publishWatched(work, settings);
  } finally {
    progress.close();
    if (report.begun()) report.summary();
  }
  if (!report.begun() && !signal.aborted) {
    output.note(`${file === '-' ? 'standard input' : file} holds no message: nothing was published`);
  }
  if (signal.aborted) return EXIT.interrupted;
  return report.allWell() ? EXIT.ok : EXIT.failed;
};
