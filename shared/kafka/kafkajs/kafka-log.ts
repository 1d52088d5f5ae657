import { type LogEntry, logLevel } from 'kafkajs';
import type { Logger } from 'pino';
import { messageOf } from '../../errors';
import { toPlainReason } from '../../tls/explain-tls';
import { explainKafka } from './kafka-errors';

const REPEAT_MS = 10_000;

/** Intended by our settings, or retried by kafkajs, which logs the final failure too. */
const HARMLESS = /^(Response [A-Z]|Limiting retries for the idempotent producer)/;

/** Replaces numbers and addresses, so that lines that differ only in them are equal. */
const toSentence = (text: string): string => text.replaceAll(/[0-9a-f-]{6,}|\d+/g, '#').slice(0, 200);

/**
 * Writes kafkajs' log to ours. Without a broker kafkajs logs about seven lines a second (measured),
 * so equal lines are written once in ten seconds, with the number of suppressed ones in `repeated`.
 * `hint` names the setting to correct. Its errors become warnings: kafkajs retries, and its caller
 * reports what an operator must act on.
 */
export const createKafkaLog = (logger: Logger, now: () => number = Date.now) => {
  const recent = new Map<string, { loggedAt: number; left: number }>();
  return () =>
    ({ namespace, level, log: { message: said, error } }: LogEntry): void => {
      // for a failed connection kafkajs passes the error instead of a text
      const message = typeof said === 'string' ? said : messageOf(said);
      const quiet = level === logLevel.DEBUG || level === logLevel.INFO || HARMLESS.test(message);
      const method = quiet ? 'debug' : 'warn';
      const sentence = `${namespace}: ${toSentence(message)}`;
      const seen = recent.get(sentence);
      if (seen !== undefined && now() - seen.loggedAt < REPEAT_MS) {
        seen.left += 1;
        return;
      }
      if (recent.size > 500) recent.clear();
      recent.set(sentence, { loggedAt: now(), left: 0 });
      const hint = quiet ? undefined : explainKafka({ message })?.text;
      const fields = {
        part: `kafkajs ${namespace}`,
        ...(error === undefined ? {} : { err: String(error) }),
        ...(hint === undefined ? {} : { hint }),
        ...(seen?.left ? { repeated: seen.left } : {}),
      };
      logger[method](fields, toPlainReason(message));
    };
};
