import { destination, type Logger, pino, stdTimeFunctions } from 'pino';

/** A full disk or a broken output drops lines, and must not end the work of a service. */
const openOutput = () => {
  const output = destination({ fd: 1, sync: true, maxLength: 1_048_576 });
  output.on('error', () => undefined);
  return output;
};

/**
 * Creates the log of a process: JSON lines, the level a word, the time in ISO 8601 and UTC. Lines
 * are written at once: otherwise a fatal one overtakes those that are still being written, and the
 * last line would not be the last.
 */
export const createLogger = (level: string, base: { readonly service: string; readonly instance: string }): Logger =>
  pino(
    { level, base, timestamp: stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    openOutput(),
  );
