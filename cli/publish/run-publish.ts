import { v7 as uuidv7 } from 'uuid';
import { type Codecs, openCodecs } from '../../shared/avro/open-codecs';
import type { SmsStatus } from '../../shared/avro/records';
import { defineConfig, loadConfig } from '../../shared/config/define-config';
import { messageVariables } from '../../shared/config/message-variables';
import { isRetryable, messageOf } from '../../shared/errors';
import { loadDestAddr } from '../../shared/exchange/load-dest-addr';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import type { OutgoingRecord, RecordSink } from '../../shared/kafka/ports';
import type { Country } from '../../shared/sms/normalise-msisdn';
import { validateSend } from '../../shared/sms/validate-send';
import { pause } from '../../shared/timing/pause';
import { retryWhile } from '../../shared/timing/retry';
import { loadClock } from '../connect/load-clock';
import { expectTopics, openKafka } from '../connect/open-kafka';
import { positionsOf } from '../connect/read-topic';
import { type KafkaSettings, loadKafkaSettings } from '../connect/settings';
import { openProgress } from '../output/open-progress';
import { EXIT, usageError } from '../report-error';
import type { CliContext, Run } from '../run-action';
import { type Follower, followFinals } from './follow-finals';
import { believeApplications, readApplications } from './known-applications';
import { type Input, openInput } from './open-input';
import { type PublishArguments, toCommonFields, toSingleEntry } from './publish-arguments';
import { type PublishPorts, publishMessages } from './publish-messages';
import { createPublishReport, type PublishReport } from './publish-report';
import type { Defaults } from './to-message';
import { withIdle } from './with-idle';

const judgeSettings = defineConfig('sms-bridge', 'judging messages', messageVariables);

/** Longest wait for a full batch, so that typed lines are published at once. */
const IDLE_MS = 100;

/** Kafka may be down for a moment. Publishing records again sends no message twice. */
const KEEP_TRYING_MS = 60_000;
const RETRY = { minMs: 200, maxMs: 5_000 };

const createPatientPublish =
  (sink: RecordSink, { signal, output }: CliContext) =>
  (records: readonly OutgoingRecord[]): Promise<void> => {
    const deadline = Date.now() + KEEP_TRYING_MS;
    const retryable = (error: unknown): boolean => isRetryable(error) && !signal.aborted && Date.now() <= deadline;
    const onRetry = (error: unknown, failures: number): void => {
      if (failures === 1) output.note(`not acknowledged yet, trying again: ${messageOf(error)}`);
    };
    return retryWhile({ retryable, onRetry, backoff: RETRY, signal, pause }, () => sink.publish(records));
  };

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

const publishAll = async (work: Work, settings: KafkaSettings): Promise<void> => {
  const { context, options, input, validate, defaults, report } = work;
  const { signal, verbose } = context;
  const connection = openKafka(settings, verbose);
  const { kafka, topics, logger } = connection;
  await expectTopics(connection, options.wait ? [topics.send, topics.status] : [topics.send]);
  const codecs: Codecs = await openCodecs({
    registryUrl: settings.SCHEMA_REGISTRY_URL,
    registryAuth: settings.SCHEMA_REGISTRY_AUTH,
    topics,
    logger,
  });
  const sink = await openRecordSink(kafka, { logger });
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
      publish: createPatientPublish(sink, context),
      onPublishing: (batch) => follower?.expect(batch.map(({ message }) => message)),
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
    if (!(await follower.finished(options.waitSeconds * 1000))) report.gaveUp(follower.open());
  } finally {
    await follower?.close();
    await sink.close().catch(() => undefined);
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
  const prefix = options.idPrefix;
  const defaults: Defaults = {
    fields: file === undefined ? new Map() : toCommonFields(options),
    messageId: prefix === undefined ? () => uuidv7() : (line) => `${prefix}-${line}`,
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
  const work: Work = { context, options, input, validate, defaults, report };
  try {
    if (settings === undefined) await judgeOnly(work);
    else await publishAll(work, settings);
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
