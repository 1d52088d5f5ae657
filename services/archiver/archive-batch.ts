import { BridgeError, messageOf } from '../../shared/errors';
import { explainFault } from '../../shared/faults/explain-fault';
import { isDue } from './core/is-due';
import { type ArchiveLimits, type ArchivePlan, PHASES, type Phase, planArchive } from './core/plan-archive';
import { imbalanceOf, type RunCounts, type SliceResult } from './core/run-counts';

/**
 * Takes one slice of a phase inside the caller's transaction. `from` is the end of the slice before
 * (epoch ms; 0 at first).
 */
export type TakeSlice<Tx> = (tx: Tx, plan: ArchivePlan, from: number) => Promise<SliceResult>;

/** The ports of a run. `Tx` is the transaction of a slice. */
export type ArchivePorts<Tx> = {
  /**
   * Does `work` while no other instance archives; returns undefined if another one does. `lost`
   * fires when the lock is no longer reliable.
   */
  readonly holdRunLock: <T>(work: (lost: AbortSignal) => Promise<T>) => Promise<T | undefined>;
  readonly lastGoodRun: () => Promise<{ readonly startedAt: number } | undefined>;
  /** Marks runs that never ended as failed and enters a new one. */
  readonly beginRun: (startedAt: number) => Promise<{ readonly runId: string; readonly interrupted: number }>;
  /**
   * Adds to the run's row in the slice's transaction, so that the rows of all runs add up after any
   * crash.
   * @throws if another instance has taken the run over
   */
  readonly countSlice: (tx: Tx, runId: string, counts: Partial<RunCounts>) => Promise<void>;
  readonly finishRun: (runId: string, problems: readonly string[], finishedAt: number) => Promise<RunCounts>;
  readonly inTransaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  readonly phases: Readonly<Record<Phase, TakeSlice<Tx>>>;
  /**
   * Returns texts for people about rows that stayed although they were due; empty if there are
   * none.
   */
  readonly findLeftovers: (plan: ArchivePlan) => Promise<readonly string[]>;
  readonly onSlice: (phase: Phase, rows: number, ms: number) => void;
  readonly onInterrupted: (runs: number) => void;
  readonly now: () => number;
  readonly crashPoint: (step: string) => void;
};

export type ArchiveRun = {
  readonly runId: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly outcome: 'ok' | 'failed';
  /** one line each, for people */
  readonly problems: readonly string[];
  readonly counts: RunCounts;
};

export type ArchiveOutcome =
  | { readonly kind: 'ran'; readonly run: ArchiveRun }
  /** another instance is archiving */
  | { readonly kind: 'busy' }
  /** another instance ended a run meanwhile */
  | { readonly kind: 'not-due' };

type Run = {
  readonly runId: string;
  readonly plan: ArchivePlan;
  readonly stop: AbortSignal;
  readonly lost: AbortSignal;
};

const stopIfAsked = ({ stop, lost }: Run): void => {
  if (lost.aborted) throw lost.reason;
  if (stop.aborted) throw new BridgeError('ARCHIVE_STOPPED', 'the process was asked to stop', { retryable: true });
};

/**
 * Does all slices of one phase. Each slice is one transaction: rows → counts → commit. Its events
 * are acknowledged before the commit. A crash loses at most the slice in flight, which is done
 * again.
 */
const runPhase = async <Tx>(ports: ArchivePorts<Tx>, phase: Phase, run: Run): Promise<void> => {
  let from = 0;
  for (;;) {
    stopIfAsked(run);
    const startedAt = ports.now();
    const slice = await ports.inTransaction(async (tx) => {
      const result = await ports.phases[phase](tx, run.plan, from);
      ports.crashPoint(`archiver.${phase}.after-rows`);
      const imbalance = imbalanceOf(phase, result);
      if (imbalance !== undefined) throw new BridgeError('ARCHIVE_UNBALANCED', imbalance);
      if (result.taken > 0) await ports.countSlice(tx, run.runId, result.counts);
      ports.crashPoint(`archiver.${phase}.before-commit`);
      return result;
    });
    if (slice.taken > 0) ports.onSlice(phase, slice.taken, ports.now() - startedAt);
    ports.crashPoint(`archiver.${phase}.after-commit`);
    if ((slice.claimed ?? slice.taken) < run.plan.sliceRows) return;
    from = slice.upTo;
  }
};

/**
 * Does every phase even if one fails: an unreachable Kafka must not keep finished rows out of the
 * history.
 */
const runPhases = async <Tx>(ports: ArchivePorts<Tx>, run: Run): Promise<readonly string[]> => {
  const problems: string[] = [];
  for (const phase of PHASES) {
    try {
      await runPhase(ports, phase, run);
    } catch (error) {
      problems.push(`${phase}: ${explainFault(error)}`);
      if (run.stop.aborted || run.lost.aborted) return problems;
    }
  }
  return [...problems, ...(await ports.findLeftovers(run.plan).catch((error) => [`leftovers: ${messageOf(error)}`]))];
};

/**
 * Archives once: takes the lock that admits one instance at a time, does the phases, and leaves a
 * row with the counts.
 * @param request.dueSince runs only if no run that ended well has started since then (epoch ms);
 *   absent: runs in any case
 * @param request.stop ends the run after the slice in flight. The run counts as failed, and the
 *   next one continues there
 * @returns the outcome; a run with problems is a value, not an exception
 * @throws BridgeError DB_… if the run's row could not be written
 */
export const runArchive = async <Tx>(
  ports: ArchivePorts<Tx>,
  limits: ArchiveLimits,
  request: { readonly stop: AbortSignal; readonly dueSince?: number },
): Promise<ArchiveOutcome> => {
  const outcome = await ports.holdRunLock(async (lost): Promise<ArchiveOutcome> => {
    if (request.dueSince !== undefined && !isDue(request.dueSince, await ports.lastGoodRun()))
      return { kind: 'not-due' };
    const startedAt = ports.now();
    const { runId, interrupted } = await ports.beginRun(startedAt);
    if (interrupted > 0) ports.onInterrupted(interrupted);
    ports.crashPoint('archiver.after-begin');
    const plan = planArchive(startedAt, limits);
    const problems = await runPhases(ports, { runId, plan, stop: request.stop, lost });
    const finishedAt = ports.now();
    const counts = await ports.finishRun(runId, problems, finishedAt);
    const good = problems.length === 0;
    return {
      kind: 'ran',
      run: { runId, startedAt, finishedAt, outcome: good ? 'ok' : 'failed', problems, counts },
    };
  });
  return outcome ?? { kind: 'busy' };
};
