import { type Logger, pino, stdTimeFunctions } from 'pino';

/** Creates the log of a process: JSON lines, the level a word, the time in ISO 8601 and UTC. */
export const createLogger = (level: string, base: { readonly service: string; readonly instance: string }): Logger =>
  pino({ level, base, timestamp: stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } });
