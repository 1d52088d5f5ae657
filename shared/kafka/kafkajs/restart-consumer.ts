import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, ConsumerRunConfig } from 'kafkajs';
import type { Logger } from 'pino';
import { BridgeError } from '../../errors';
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

/** True for a crash after which kafkajs would restart the consumer, as its `consumer/index.js` decides. */
export const isTransient = (error: Error): boolean =>
  error.name === 'KafkaJSNumberOfRetriesExceeded' ||
  (rootCause(error) as { readonly retriable?: boolean }).retriable === true;

/**
 * Starts a consumer again that kafkajs has ended for good. It does that for errors that pass by
 * themselves too: a coordinator that a cluster seconds old, or a broker that just came back, does
 * not have yet.
 * @param options.leave leaves the group in the name of the life that ended: kafkajs forgets it, the
 *   group does not
 */
export const createConsumerRestarter = (options: {
  readonly consumer: Consumer;
  readonly run: ConsumerRunConfig;
  readonly logger: Logger;
  readonly life: Pick<ConsumerLife, 'state' | 'dispatch'>;
  readonly leave: () => Promise<void>;
}) => {
  const { consumer, run, logger, life, leave } = options;
  const restart = async (cause: Error): Promise<void> => {
    if (!isTransientError(cause)) return life.dispatch({ type: 'failed', error: toCrash(cause) });
    logger.warn(
      { err: toKafkaError(cause).message, pauseMs: PAUSE_MS },
      'kafkajs stopped the consumer; it is started again',
    );
    await sleep(PAUSE_MS);
    if (isOver(life.state())) return;
    try {
      await consumer.connect();
      await leave();
      // a join that fails is told as a crash, not thrown
      if (!isOver(life.state())) await consumer.run(run);
    } catch (error) {
      // no broker can be reached: the watchdog has nothing to end
      life.dispatch({ type: 'alive' });
      return restart(error as Error);
    } finally {
      // it was closed while it connected
      if (life.state().name === 'closing') await consumer.disconnect().catch(() => undefined);
    }
  };
  return restart;
};

/** kafkajs refuses to pause, resume or seek between two lives of a consumer; the next one asks where to start anyway. */
export const ignoreWhenStopped = (act: () => void): void => {
  try {
    act();
  } catch (error) {
    if (!/not initialized/.test((error as Error).message)) throw error;
  }
};
