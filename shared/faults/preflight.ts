import { isRetryable } from '../errors';
import { nextPauseMs } from '../timing/adaptive-poll';
import { type ColumnProblem, toColumnText } from './column-problems';
import { explainFault } from './explain-fault';

export type PreflightPorts = {
  /** Resolves when test rows went in, and were rolled back. */
  readonly probe: () => Promise<void>;
  /** What the catalogue says of the tables: it names the column where the server's error does not. */
  readonly columnProblems: () => Promise<readonly ColumnProblem[]>;
  /** Undefined: all is well, and work may begin. */
  /** which tables a fault can be about where the server does not name one */
  readonly tables: string;
  readonly hold: (why: string | undefined) => void;
  readonly onTrouble: (text: string, error: unknown) => void;
  readonly pause: (ms: number) => Promise<void>;
  readonly stopped: () => boolean;
};

const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 5_000;

/** A fault of a table for people: what the test rows met, and what the catalogue says. A database that is away is not asked. */
export const describeFault = async (
  error: unknown,
  columnProblems: PreflightPorts['columnProblems'],
  tables: string,
): Promise<string> => {
  const columns = isRetryable(error) ? [] : await columnProblems().catch(() => []);
  return [explainFault(error, tables), ...columns.map(toColumnText)].join('; ');
};

/** Tries test rows until they go in; nothing may be handed over before. Costs nothing afterwards. */
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
