import { isRetryable } from '../errors';
import type { Backoff } from '../timing/backoff';
import type { Waits } from '../timing/pause';
import { retryWhile } from '../timing/retry';
import { type ColumnProblem, toColumnText } from './column-problems';
import { explainFault } from './explain-fault';

export type PreflightPorts = Waits & {
  /** Resolves when test rows went in, and were rolled back. */
  readonly probe: () => Promise<void>;
  /** What the catalogue says of the tables: it names the column where the server's error does not. */
  readonly columnProblems: () => Promise<readonly ColumnProblem[]>;
  /** which tables a fault can be about where the server does not name one */
  readonly tables: string;
  /** Undefined: all is well, and work may begin. */
  readonly hold: (why: string | undefined) => void;
  readonly onTrouble: (text: string, error: unknown) => void;
};

const RETRY: Backoff = { minMs: 200, maxMs: 5_000 };

/** A fault of a table for people: what the test rows met, and what the catalogue says. A database that is away is not asked. */
export const describeFault = async (
  error: unknown,
  columnProblems: PreflightPorts['columnProblems'],
  tables: string,
): Promise<string> => {
  const columns = isRetryable(error) ? [] : await columnProblems().catch(() => []);
  return [explainFault(error, tables), ...columns.map(toColumnText)].join('; ');
};

/** Tries test rows until they go in, or the signal fires; nothing may be handed over before. Costs nothing afterwards. */
export const runPreflight = async (ports: PreflightPorts): Promise<void> => {
  const { probe, columnProblems, tables, hold, onTrouble, signal, pause } = ports;
  const onRetry = async (error: unknown): Promise<void> => {
    const text = await describeFault(error, columnProblems, tables);
    hold(text);
    onTrouble(text, error);
  };
  const tried = retryWhile({ retryable: () => true, onRetry, backoff: RETRY, signal, pause }, probe);
  await tried.then(
    () => hold(undefined),
    () => undefined, // stopped: it is held to the end
  );
};
