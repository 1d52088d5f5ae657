import type { Logger } from 'pino';
import { type CodecOptions, type Codecs, openCodecs } from '../avro/open-codecs';
import { BridgeError, isRetryable, messageOf } from '../errors';
import { createProblemLog } from '../faults/merged-log';
import type { Backoff } from '../timing/backoff';
import { pause } from '../timing/pause';
import { retryWhile } from '../timing/retry';

const RETRY: Backoff = { minMs: 500, maxMs: 5_000 };

/** Settles like `work`, or rejects at once when the process must stop. */
const unlessStopped = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  let onStop: () => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => {
    onStop = () => reject(new BridgeError('STOPPED', 'asked to stop while the schema registry was unreachable'));
  });
  signal.addEventListener('abort', onStop, { once: true });
  if (signal.aborted) onStop();
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', onStop);
  }
};

/**
 * Opens the codecs. Waits without limit while the schema registry is unreachable; /health/ready and
 * the log report it. With an exit instead, a crashed service would stay down as long as the
 * registry. A start without the registry would publish records that subscribers cannot read.
 * @throws BridgeError REGISTRY_DENIED, REGISTRY_INCOMPATIBLE, REGISTRY_REFUSED, REGISTRY_CONFIG,
 *   SCHEMA_FILES_MISSING: a person must act
 */
export const waitForCodecs = async (
  options: CodecOptions,
  context: {
    readonly logger: Logger;
    readonly signal: AbortSignal;
    readonly ready: (component: string, check: () => string | undefined) => void;
  },
): Promise<Codecs> => {
  const { logger, signal, ready } = context;
  let problem: string | undefined;
  const { say } = createProblemLog(logger);
  if (options.registryUrl !== undefined) ready('schema registry', () => problem);
  const onRetry = (error: unknown): void => {
    problem = messageOf(error);
    say('waiting for the schema registry', error);
  };
  const codecs = await retryWhile({ retryable: isRetryable, onRetry, backoff: RETRY, signal, pause }, () =>
    unlessStopped(openCodecs(options), signal),
  );
  if (problem !== undefined) logger.info('the schema registry answers again');
  problem = undefined;
  return codecs;
};
