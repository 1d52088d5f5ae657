import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import { BridgeError, toldAs } from '../../errors';
import { createProblemLog } from '../../faults/merged-log';
import { withTimeout } from '../../timing/timeout';
import { FRESH_MS, watchVital } from '../../timing/watch-vital';
import type { OutgoingRecord, RecordSink } from '../ports';
import { createSendQueue } from '../send-queue';
import { connectProducer, type Producer } from './create-producer';
import { toKafkaError } from './kafka-errors';

/**
 * Longest wait for unacknowledged records when the process ends, which must take less than 10 s.
 */
const CLOSE_LIMIT_MS = 3_000;
/** Longest wait for the first connection; kafkajs would ask a server that is not Kafka for ever. */
const CONNECT_LIMIT_MS = 60_000;

const NO_KAFKA = `no answer within ${CONNECT_LIMIT_MS} ms: is KAFKA_BROKERS a Kafka broker, and do KAFKA_TLS and KAFKA_SASL_MECHANISM match its port?`;

/**
 * Knows how sending goes. A failure counts until a send succeeds, or, without one, until a later
 * probe succeeds: a probe does not try all that a send does, so it is not believed at once.
 */
const watchSends = (probedAt: () => number) => {
  let since: number | undefined;
  let failed: { readonly at: number; readonly why: string } | undefined;
  return {
    began: (): void => {
      since = Date.now();
    },
    ended: (why?: string): void => {
      since = undefined;
      failed = why === undefined ? undefined : { at: Date.now(), why };
    },
    problem: (): string | undefined => {
      const now = Date.now();
      if (failed !== undefined && (now - failed.at < FRESH_MS || probedAt() < failed.at)) return failed.why;
      if (since === undefined || now - since < FRESH_MS) return undefined;
      return `no acknowledgement for ${Math.floor((now - since) / 1000)} s`;
    },
  };
};

/** Holds the producer of a sink, which is a new one after `throwAway`. */
const holdProducer = (kafka: Kafka, retries: number) => {
  let producer: Promise<Producer> | undefined;

  /**
   * Returns the producer, connecting it once: a send that times out does not end the connecting.
   */
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
  const disconnect = async (): Promise<void> => {
    await (await producer?.catch(() => undefined))?.disconnect();
  };
  return { connected, throwAway, disconnect };
};

const unavailable = (why: string) => new BridgeError('KAFKA_UNAVAILABLE', why, { retryable: true });

/**
 * Opens the sink: one idempotent producer, one send at a time; the records of callers that wait
 * meanwhile are sent together next. After a rejected send the sink makes a new producer, with a new
 * producer id: see `connectProducer` for why.
 * @param options.topics those that the service needs; `check` asks for them every 4 s
 * @param options.deadlineMs longest wait for an acknowledgement
 * @param options.retries attempts after the first, with growing pauses, before a send is rejected;
 * a cluster takes about 10 s to replace a dead broker
 * @throws BridgeError KAFKA_UNAVAILABLE when no broker answers
 */
export const openRecordSink = async (
  kafka: Kafka,
  options: {
    readonly logger: Logger;
    readonly topics?: readonly string[];
    readonly deadlineMs?: number;
    readonly retries?: number;
  },
): Promise<RecordSink> => {
  const { logger, topics = [], deadlineMs = 30_000, retries = 20 } = options;
  const { connected, throwAway, disconnect } = holdProducer(kafka, retries);
  const vital = watchVital(async () => {
    try {
      await (await connected()).ask(topics);
    } catch (error) {
      throw toKafkaError(error);
    }
  });
  const sends = watchSends(vital.wellAt);
  const { say, wellAgain } = createProblemLog(logger);
  const send = async (records: readonly OutgoingRecord[]): Promise<void> => {
    let used: Producer | undefined;
    let givenUp = false;
    sends.began();
    const work = async (): Promise<void> => {
      const current = await connected();
      // the caller already knows that this send failed, and may have sent newer records
      if (givenUp) return;
      used = current;
      await current.send(records);
    };
    try {
      await withTimeout(deadlineMs, work(), () => unavailable(`no acknowledgement within ${deadlineMs} ms`));
      sends.ended();
      wellAgain();
    } catch (cause) {
      givenUp = true;
      throwAway(used);
      const error = toKafkaError(cause);
      sends.ended(error.retryable ? error.message : undefined);
      say('publishing failed', error);
      // without a producer nothing left the process, and nothing will
      throw used === undefined ? toldAs(error, 'none') : error;
    }
  };
  try {
    await withTimeout(CONNECT_LIMIT_MS, connected(), () => unavailable(NO_KAFKA));
  } catch (error) {
    throw toKafkaError(error);
  }
  const queue = createSendQueue(send);
  return {
    publish: queue.publish,
    problem: () => vital.problem() ?? sends.problem(),
    check: vital.check,
    close: async () => {
      // a send that gets no answer may be dropped: its caller has committed nothing
      await Promise.race([queue.drain(), sleep(CLOSE_LIMIT_MS, undefined, { ref: false })]);
      await Promise.race([disconnect(), sleep(CLOSE_LIMIT_MS, undefined, { ref: false })]);
    },
  };
};
