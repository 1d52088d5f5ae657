import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, ConsumerRunConfig } from 'kafkajs';
import type { Logger } from 'pino';
import { BridgeError } from '../../errors';
import { isMendedByTime, toKafkaError } from './kafka-errors';

const PAUSE_MS = 1_000;

/** TLS and logins have codes of their own, which say what to change. */
const toCrash = (cause: Error): BridgeError => {
  const error = toKafkaError(cause);
  return ['KAFKA_LOGIN', 'KAFKA_SETTINGS'].includes(error.code)
    ? error
    : new BridgeError('CONSUMER_CRASHED', error.message, { cause });
};

/**
 * kafkajs' own restart joins as somebody new and leaves its former member behind in the group, so it is refused, and the reviver restarts instead.
 * `wouldPass` says of a crash whether kafkajs takes it for a passing one; asked once for each.
 */
export const ownRestarts = () => {
  let passing = false;
  const restartOnFailure = async (): Promise<boolean> => {
    passing = true;
    return false;
  };
  return {
    retry: { retries: 8, restartOnFailure },
    wouldPass: (): boolean => {
      const was = passing;
      passing = false;
      return was;
    },
  };
};

/**
 * Starts a consumer again that kafkajs has ended for good. It does that for errors that pass by themselves too: a coordinator that a cluster seconds
 * old, or a broker that just came back, does not have yet.
 * @param options.leave leaves the group in the name of the life that ended: kafkajs forgets it, the group does not
 * @param options.away hears that no broker can be reached
 * @param options.ended hears of an error that somebody must act on; then nothing more is tried
 */
export const createReviver = (options: {
  readonly consumer: Consumer;
  readonly run: ConsumerRunConfig;
  readonly logger: Logger;
  readonly closing: () => boolean;
  readonly leave: () => Promise<void>;
  readonly away: () => void;
  readonly ended: (error: Error) => void;
}) => {
  const { consumer, run, logger, closing, leave, away, ended } = options;
  const revive = async (cause: Error): Promise<void> => {
    if (!isMendedByTime(cause)) return ended(toCrash(cause));
    logger.warn(
      { err: toKafkaError(cause).message, pauseMs: PAUSE_MS },
      'kafkajs gave the consumer up; it is started again',
    );
    await sleep(PAUSE_MS);
    if (closing()) return;
    try {
      await consumer.connect();
      await leave();
      // a join that fails is told as a crash, not thrown
      if (!closing()) await consumer.run(run);
    } catch (error) {
      away();
      return revive(error as Error);
    } finally {
      if (closing()) await consumer.disconnect().catch(() => undefined);
    }
  };
  return revive;
};

/** kafkajs refuses to pause, resume or seek between two lives of a consumer; the next one asks where to start anyway. */
export const whileAlive = (act: () => void): void => {
  try {
    act();
  } catch (error) {
    if (!/not initialized/.test((error as Error).message)) throw error;
  }
};
