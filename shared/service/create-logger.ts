import { destination, type Logger, pino, stdTimeFunctions } from 'pino';

/**
 * Creates the log of a process: JSON lines, the level a word, the time in ISO 8601 and UTC. Lines
 * are written at once: otherwise a fatal one overtakes those that are still being written, and the
 * last line would not be the last.
 */
export const createLogger = (level: string, base: { readonly service: string; readonly instance: string }): Logger =>
  pino(
    { level, base, timestamp: stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    destination({ fd: 1, sync: true }),
  );
