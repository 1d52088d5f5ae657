import { messageOf } from '../../shared/errors';
import { type Backoff, toPauseMs } from '../../shared/timing/backoff';
import type { Pause } from '../../shared/timing/pause';
import { pollUntilStopped } from '../../shared/timing/poll';
import type { ParkedEntry } from './core/parked-record';
import { handOverParked, type ParkedPorts, type ParkedRound } from './hand-over-parked';

type Options = {
  readonly ports: ParkedPorts;
  /** number of parked records known to this instance */
  readonly known: () => number;
  readonly pause: Pause;
  readonly onParked: (parked: readonly ParkedEntry[]) => void;
  readonly onProblem: (summary: string, error: unknown) => void;
};

const BUSY_MS = 250;
const IDLE_MS = 1_000;
const RETRY: Backoff = { minMs: BUSY_MS, maxMs: 5_000 };
/** A lock that is held for longer is a mistake, or intended. */
const LONG_MS = 60_000;

const problemOf = (round: ParkedRound, before: string | undefined, now: number): string | undefined => {
  const refused = round.parked.filter(({ fault }) => fault !== '');
  if (round.problem !== undefined || (before !== undefined && refused.length > 0)) {
    return round.problem === undefined ? before : `${refused.length} records are parked: ${round.problem}`;
  }
  const old = round.parked.filter(({ parkedMs }) => now - parkedMs > LONG_MS);
  if (old.length === 0) return undefined;
  return `${old.length} records are parked for more than a minute, because another session holds a lock on their message`;
};

/**
 * Hands parked records over until the service stops: every 250 ms while there are some, else once a
 * second.
 */
export const startParked = ({ ports, known, pause, onParked, onProblem }: Options) => {
  let problem: string | undefined;
  let fault: string | undefined;
  const round = async (): Promise<boolean> => {
    const found = await handOverParked(ports);
    fault = found.parked.some((entry) => entry.fault !== '') ? (found.problem ?? fault) : undefined;
    problem = problemOf(found, fault === undefined ? undefined : problem, ports.now());
    if (found.problem !== undefined) onProblem('records are parked, and tried again', new Error(problem));
    onParked(found.parked);
    return false;
  };
  const done = pollUntilStopped({
    work: round,
    onError: (error) => {
      problem = messageOf(error);
      onProblem('handing over parked records failed and is tried again', error);
    },
    pace: ({ failed }) => Math.max(toPauseMs(RETRY, failed), known() > 0 ? BUSY_MS : IDLE_MS),
    signal: ports.signal,
    pause,
  });
  return { done, problem: (): string | undefined => problem };
};
