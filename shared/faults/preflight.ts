import { isRetryable } from '../errors';
import type { Backoff } from '../timing/backoff';
import type { Waits } from '../timing/pause';
import { retryWhile } from '../timing/retry';
import { type ColumnProblem, toColumnText } from './column-problems';
import { explainFault } from './explain-fault';

export type PreflightPorts = Waits & {
  /** Resolves when the test rows were accepted, and rolled back. */
  readonly probe: () => Promise<void>;
  /** Returns the catalogue's problems, which name the column where the server's error does not. */
  readonly columnProblems: () => Promise<readonly ColumnProblem[]>;
  /** The tables that a fault may concern when the server names none. */
  readonly tables: string;
  /** Holds the work back for this reason; undefined releases it. */
  readonly hold: (why: string | undefined) => void;
  readonly onProblem: (text: string, error: unknown) => void;
};

const RETRY: Backoff = { minMs: 200, maxMs: 5_000 };

/**
 * Describes a fault of a table: the error of the test rows, then the problems that the catalogue
 * shows. Skips the catalogue when the database is unavailable.
 */
export const describeFault = async (
  error: unknown,
  columnProblems: PreflightPorts['columnProblems'],
  tables: string,
): Promise<string> => {
  const columns = isRetryable(error) ? [] : await columnProblems().catch(() => []);
  return [explainFault(error, tables), ...columns.map(toColumnText)].join('; ');
};

/**
 * Tries test rows until they are accepted, or the signal fires; nothing may be handed over before
 * they are. Costs nothing afterwards.
 */
export const runPreflight = async (ports: PreflightPorts): Promise<void> => {
  const { probe, columnProblems, tables, hold, onProblem, signal, pause } = ports;
  const onRetry = async (error: unknown): Promise<void> => {
    const text = await describeFault(error, columnProblems, tables);
    hold(text);
    onProblem(text, error);
  };
  const tried = retryWhile({ retryable: () => true, onRetry, backoff: RETRY, signal, pause }, probe);
  await tried.then(
    () => hold(undefined),
    (error: unknown) => {
      // After a stop it is held to the end.
      if (!signal.aborted) throw error;
    },
  );
};
