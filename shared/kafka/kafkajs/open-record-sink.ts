import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import { BridgeError } from '../../errors';
import { withTimeout } from '../../timing/timeout';
import type { OutgoingRecord, RecordSink } from '../ports';
import { createSendQueue } from '../send-queue';
import { connectProducer, type Producer } from './create-producer';
import { toKafkaError } from './kafka-errors';

/** Longest wait for records under way when the process ends: it must be gone within 10 s. */
const CLOSE_LIMIT_MS = 3_000;
/** Longest wait for the first connection: kafkajs waits half a minute for each answer of something that is no Kafka, and asks it again and again. */
const CONNECT_LIMIT_MS = 60_000;

const NO_KAFKA = `no answer within ${CONNECT_LIMIT_MS} ms: is that a Kafka (KAFKA_BROKERS), and do KAFKA_TLS and KAFKA_SASL_MECHANISM fit its port?`;

const unavailable = (why: string) => new BridgeError('KAFKA_UNAVAILABLE', why, { retryable: true });

/**
 * Opens the sink: one idempotent producer, one request at a time; records of several callers that wait meanwhile go together in the next one.
 * After any rejected send the producer is thrown away and a new one made (a new producer id): when the broker had stored
 * the batch, the next one with as many records would be taken for its repetition and silently not be stored.
 * @param options.deadlineMs longest wait for an acknowledgement
 * @param options.retries further attempts, with growing pauses, before a send is rejected; a cluster takes some 10 s to replace a dead broker
 * @throws BridgeError KAFKA_UNAVAILABLE when no broker answers
 */
export const openRecordSink = async (
  kafka: Kafka,
  options: { readonly logger: Logger; readonly deadlineMs?: number; readonly retries?: number },
): Promise<RecordSink> => {
  const { logger, deadlineMs = 30_000, retries = 20 } = options;
  let producer: Promise<Producer> | undefined;
  let problem: string | undefined;

  /** The producer, or the one that is being connected: a send that is given up meanwhile does not end that. */
  const connected = (): Promise<Producer> => {
    if (producer !== undefined) return producer;
    const connecting = connectProducer(kafka, retries);
    producer = connecting;
    connecting.catch(() => {
      if (producer === connecting) producer = undefined;
    });
    return connecting;
  };
  const throwAway = (used: Producer | undefined): void => {
    if (used === undefined) return;
    producer = undefined;
    used.disconnect().catch(() => undefined);
  };
  const send = async (records: readonly OutgoingRecord[]): Promise<void> => {
    let used: Producer | undefined;
    let givenUp = false;
    const work = async (): Promise<void> => {
      const current = await connected();
      // the caller has been told that this was not sent, and may have sent newer ones since
      if (givenUp) return;
      used = current;
      await current.send(records);
    };
    try {
      await withTimeout(deadlineMs, work(), () => unavailable(`no acknowledgement within ${deadlineMs} ms`));
      problem = undefined;
    } catch (cause) {
      givenUp = true;
      throwAway(used);
      const error = toKafkaError(cause);
      problem = error.retryable ? error.message : undefined;
      logger.warn({ err: error.message, code: error.code, records: records.length }, 'publishing failed');
      throw error;
    }
  };
  const disconnect = async (): Promise<void> => {
    await (await producer?.catch(() => undefined))?.disconnect();
  };

  try {
    await withTimeout(CONNECT_LIMIT_MS, connected(), () => unavailable(NO_KAFKA));
  } catch (error) {
    throw toKafkaError(error);
  }
  const queue = createSendQueue(send);
  return {
    publish: queue.publish,
    problem: () => problem,
    close: async () => {
      // with Kafka away, what waits is not waited for: its callers have committed nothing
      await Promise.race([queue.drain(), sleep(CLOSE_LIMIT_MS, undefined, { ref: false })]);
      await Promise.race([disconnect(), sleep(CLOSE_LIMIT_MS, undefined, { ref: false })]);
    },
  };
};
