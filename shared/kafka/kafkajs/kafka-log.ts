import { type LogEntry, logLevel } from 'kafkajs';
import type { Logger } from 'pino';
import { messageOf } from '../../errors';
import { toPlainReason } from '../../tls/explain-tls';
import { explainKafka } from './kafka-errors';

const REPEAT_MS = 10_000;

/** Said of what is meant so, or is tried again by kafkajs and said once more if that does not help. */
const HARMLESS = /^(Response [A-Z]|Limiting retries for the idempotent producer)/;

/** The same sentence whatever numbers and addresses are in it. */
const toSentence = (text: string): string => text.replaceAll(/[0-9a-f-]{6,}|\d+/g, '#').slice(0, 200);

/**
 * kafkajs' log as ours. With a broker away it writes some seven lines a second (measured), so one
 * sentence is written once in ten seconds, with the number of those left out. What a setting is to
 * blame for says so in `hint`. Its errors are our warnings: it goes on by itself, and what somebody
 * must act on is said by who uses it.
 */
export const createKafkaLog = (logger: Logger, now: () => number = Date.now) => {
  const recent = new Map<string, { loggedAt: number; left: number }>();
  return () =>
    ({ namespace, level, log: { message: said, error } }: LogEntry): void => {
      // a broker that cannot be connected is logged as the error itself
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
