import { type Codecs, openCodecs } from '../../shared/avro/open-codecs';
import { BridgeError, isRetryable } from '../../shared/errors';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import type { OutgoingRecord, RecordSink } from '../../shared/kafka/ports';
import { pause } from '../../shared/timing/pause';
import { retryWhile } from '../../shared/timing/retry';
import { withTimeout } from '../../shared/timing/timeout';
import { expectTopics, openKafka } from '../connect/open-kafka';
import type { KafkaSettings } from '../connect/settings';
import type { KafkaWatch } from './watch-kafka';

/** Kafka may be down for a moment. Publishing records again sends no message twice. */
const KEEP_TRYING_MS = 60_000;
/** The longest attempt, and so how much later than KEEP_TRYING_MS the last one may end. */
const ATTEMPT_MS = 30_000;
const RETRY = { minMs: 200, maxMs: 5_000 };

/** A broker that is frozen accepts connections, and the client would wait for minutes. */
export const START_LIMIT_MS = 30_000;

/** Returns a publish that tries again while Kafka is down, for KEEP_TRYING_MS. */
export const createPatientPublish =
  (sink: RecordSink, watch: KafkaWatch, signal: AbortSignal) =>
  (records: readonly OutgoingRecord[]): Promise<void> => {
    const deadline = Date.now() + KEEP_TRYING_MS;
    const retryable = (error: unknown): boolean => isRetryable(error) && !signal.aborted && Date.now() <= deadline;
    watch.tryFor(KEEP_TRYING_MS + ATTEMPT_MS);
    return retryWhile({ retryable, backoff: RETRY, signal, pause }, () => sink.publish(records));
  };

/**
 * Connects to Kafka and the registry. The watch knows from then on how Kafka is.
 * @throws BridgeError TOPIC_MISSING, KAFKA_…, REGISTRY_…
 */
export const openTarget = async (
  settings: KafkaSettings,
  watch: KafkaWatch,
  options: { readonly verbose: boolean; readonly wait: boolean },
) => {
  const connection = openKafka(settings, options.verbose);
  const { kafka, topics, logger } = connection;
  await withTimeout(
    START_LIMIT_MS,
    expectTopics(connection, options.wait ? [topics.send, topics.status] : [topics.send]),
    () =>
      new BridgeError('KAFKA_UNAVAILABLE', `no answer from Kafka within ${START_LIMIT_MS / 1000} s`, {
        retryable: true,
      }),
  );
  const sink = await openRecordSink(kafka, { logger, deadlineMs: ATTEMPT_MS });
  watch.opened(sink);
  const codecs: Codecs = await openCodecs({
    registryUrl: settings.SCHEMA_REGISTRY_URL,
    registryAuth: settings.SCHEMA_REGISTRY_AUTH,
    topics,
    logger,
  }).catch(async (error) => {
    await sink.close();
    throw error;
  });
  return { connection, codecs, sink };
};
