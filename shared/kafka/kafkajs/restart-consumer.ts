import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, ConsumerRunConfig } from 'kafkajs';
import type { Logger } from 'pino';
import { BridgeError } from '../../errors';
import { createMergedLog } from '../../faults/merged-log';
import type { ConsumerLife } from './consumer-life';
import { isOver } from './consumer-state';
import { isTransientError, toKafkaError } from './kafka-errors';

const PAUSE_MS = 1_000;

/** TLS and logins have codes of their own, which say what to change. */
const toCrash = (cause: Error): BridgeError => {
  const error = toKafkaError(cause);
  return ['KAFKA_LOGIN', 'KAFKA_SETTINGS'].includes(error.code)
    ? error
    : new BridgeError('CONSUMER_CRASHED', error.message, { cause });
};

/** kafkajs' own restart joins under a new member id and leaves the old member in the group. */
export const NO_RESTART_BY_KAFKAJS = { retries: 8, restartOnFailure: async () => false };

const rootCause = (error: Error): Error => (error.cause ? rootCause(error.cause as Error) : error);

/**
 * True for a crash after which kafkajs would restart the consumer, as its `consumer/index.js`
 * decides.
 */
export const isTransient = (error: Error): boolean =>
  error.name === 'KafkaJSNumberOfRetriesExceeded' ||
  (rootCause(error) as { readonly retriable?: boolean }).retriable === true;

/**
 * Starts a consumer again after kafkajs has ended it, or gave up joining again. kafkajs does so for
 * passing errors too: a new cluster, or a broker that has just come back, has no group coordinator
 * for some seconds.
 * @param options.leave removes the ended consumer from the group: kafkajs forgets its member id
 */
export const createConsumerRestarter = (options: {
  readonly consumer: Consumer;
  readonly run: ConsumerRunConfig;
  readonly logger: Logger;
  readonly life: Pick<ConsumerLife, 'state' | 'dispatch'>;
  readonly leave: () => Promise<void>;
}) => {
  const { consumer, run, logger, life, leave } = options;
  const { said } = createMergedLog(Date.now);
  const restart = async (cause: Error | undefined): Promise<void> => {
    if (cause !== undefined && !isTransientError(cause))
      return life.dispatch({ type: 'failed', error: toCrash(cause) });
    const err = cause === undefined ? life.state().problem : toKafkaError(cause).message;
    const repeat = said(String(err));
    if (repeat !== undefined)
      logger.warn({ err, pauseMs: PAUSE_MS, ...repeat }, 'the consumer is out of its group; starting it again');
    await sleep(PAUSE_MS);
    if (isOver(life.state())) return;
    try {
      await consumer.stop();
      await consumer.connect();
      await leave();
      // a failed join is reported by a CRASH event, not thrown
      if (!isOver(life.state())) await consumer.run(run);
    } catch (error) {
      // no broker answers: this is not the silence that the watchdog ends
      life.dispatch({ type: 'alive' });
      return restart(error as Error);
    } finally {
      // closed while connecting
      if (life.state().name === 'closing') await consumer.disconnect().catch(() => undefined);
    }
  };
  return restart;
};

/**
 * Ignores kafkajs' refusal to pause, resume or seek while the consumer restarts: it asks for its
 * start offsets again when it has joined.
 */
export const ignoreWhenStopped = (act: () => void): void => {
  try {
    act();
  } catch (error) {
    if (!/not initialized/.test((error as Error).message)) throw error;
  }
};
