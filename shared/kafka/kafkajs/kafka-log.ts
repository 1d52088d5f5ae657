import { type LogEntry, logLevel } from 'kafkajs';
import type { Logger } from 'pino';
import { messageOf } from '../../errors';
import { createMergedLog } from '../../faults/merged-log';
import { toPlainReason } from '../../tls/explain-tls';
import { explainKafka } from './kafka-errors';

/** Intended by our settings, or retried by kafkajs, which logs the final failure too. */
const HARMLESS = /^(Response [A-Z]|Limiting retries for the idempotent producer)/;

/**
 * Writes kafkajs' log to ours. Without a broker kafkajs logs about seven lines a second (measured),
 * so equal lines are merged, with the number of suppressed ones in `repeated`.
 * `hint` names the setting to correct. Its errors become warnings: kafkajs retries, and its caller
 * reports what an operator must act on.
 */
export const createKafkaLog = (logger: Logger, now: () => number = Date.now) => {
  const { said: merged } = createMergedLog(now);
  return () =>
    ({ namespace, level, log: { message: said, error } }: LogEntry): void => {
      // for a failed connection kafkajs passes the error instead of a text
      const message = typeof said === 'string' ? said : messageOf(said);
      const quiet = level === logLevel.DEBUG || level === logLevel.INFO || HARMLESS.test(message);
      const method = quiet ? 'debug' : 'warn';
      const repeat = merged(`${namespace}: ${message}`);
      if (repeat === undefined) return;
      const hint = quiet ? undefined : explainKafka({ message })?.text;
      const fields = {
        part: `kafkajs ${namespace}`,
        ...(error === undefined ? {} : { err: String(error) }),
        ...(hint === undefined ? {} : { hint }),
        ...repeat,
      };
      logger[method](fields, toPlainReason(message));
    };
};
