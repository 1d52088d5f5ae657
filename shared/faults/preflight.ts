import { isRetryable } from '../errors';
import { nextPauseMs } from '../timing/adaptive-poll';
import { type ColumnProblem, toColumnText } from './column-problems';
import { explainFault } from './explain-fault';

export type PreflightPorts = {
  /** Resolves when the test rows were accepted, and rolled back. */
  readonly probe: () => Promise<void>;
  /** Returns the catalogue's problems, which name the column where the server's error does not. */
  readonly columnProblems: () => Promise<readonly ColumnProblem[]>;
  /** The tables that a fault may concern when the server names none. */
  readonly tables: string;
  /** Holds the work back for this reason; undefined releases it. */
  readonly hold: (why: string | undefined) => void;
  readonly onTrouble: (text: string, error: unknown) => void;
  readonly pause: (ms: number) => Promise<void>;
  readonly stopped: () => boolean;
};

const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 5_000;

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

/** Tries test rows until they are accepted. Nothing may be handed over before that. */
export const runPreflight = async (ports: PreflightPorts): Promise<void> => {
  let waitMs = 0;
  while (!ports.stopped()) {
    try {
      await ports.probe();
      ports.hold(undefined);
      return;
    } catch (error) {
      const text = await describeFault(error, ports.columnProblems, ports.tables);
      ports.hold(text);
      ports.onTrouble(text, error);
      waitMs = nextPauseMs(waitMs, false, RETRY_MIN_MS, RETRY_MAX_MS);
      await ports.pause(waitMs);
    }
  }
};
