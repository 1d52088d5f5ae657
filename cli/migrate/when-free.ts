import { BridgeError } from '../../shared/errors';
import { pause } from '../../shared/timing/pause';
import { retryWhile } from '../../shared/timing/retry';
import type { CliContext } from '../run-action';

/**
 * How long an ALTER waits for other sessions on PostgreSQL. Every later statement on the table
 * waits with it, also those of the services, so it gives up soon and tries again.
 */
export const LOCK_PATIENCE_MS = 1_000;

const RETRY = { minMs: 1_000, maxMs: 4_000 };
const PATIENCE_MS = 120_000;

/**
 * Repeats a migration while another session holds one of its tables, for two minutes at most. The
 * failed attempt has been rolled back; on Oracle its finished steps are skipped.
 * @throws BridgeError DB_LOCKED, and what `work` throws
 */
export const whenFree = <T>({ output, signal }: CliContext, work: () => Promise<T>): Promise<T> => {
  const until = performance.now() + PATIENCE_MS;
  const isHeld = (error: unknown): boolean => error instanceof BridgeError && error.code === 'DB_LOCKED';
  return retryWhile(
    {
      retryable: (error) => isHeld(error) && performance.now() < until && !signal.aborted,
      onRetry: (error, failures) => {
        if (failures === 1) output.note(`waiting for a session that holds a table: ${(error as Error).message}`);
      },
      backoff: RETRY,
      signal,
      pause,
    },
    work,
  );
};
