import { messageOf } from '../../shared/errors';
import type { Backoff } from '../../shared/timing/backoff';
import type { Waits } from '../../shared/timing/pause';
import { adaptivePace, pollUntilStopped } from '../../shared/timing/poll';
import { type Pace, refill, toMsUntilNext } from './core/pace';
import type { AnswerCounts } from './take-batch';

export type SimulateOptions = {
  readonly batchSize: number;
  readonly workers: number;
  readonly answerWorkers: number;
  /** 0: no limit */
  readonly takePerSecond: number;
  /** 0: none */
  readonly inboundPerSecond: number;
  readonly poll: Backoff;
  readonly retry: Backoff;
};

export type SimulatePorts = Waits & {
  /** Returns the rows to try next, highest priority first; empty if there are none. */
  readonly nextRows: (limit: number) => Promise<readonly string[]>;
  readonly takeBatch: (seqIds: readonly string[]) => Promise<{ readonly taken: number; readonly given: AnswerCounts }>;
  readonly moveDueAnswers: (limit: number) => Promise<AnswerCounts>;
  /** Inserts the received messages number `from` to `from + count - 1`. */
  readonly insertInbound: (from: number, count: number) => Promise<AnswerCounts>;
  readonly now: () => number;
  readonly onTaken: (rows: number, ms: number) => void;
  readonly onGiven: (counts: AnswerCounts, ms: number) => void;
  readonly onProblem: (what: string, error: unknown) => void;
  readonly crashPoint: (step: string) => void;
};

const INBOUND_EVERY: Backoff = { minMs: 200, maxMs: 200 };

const NOTHING = { taken: 0, given: { resp: 0, report: 0, recv: 0 } };

const total = ({ resp, report, recv }: AnswerCounts): number => resp + report + recv;

/** Creates the limit of rows that are taken a second, by all workers together. */
const createThrottle = ({ now, pause, signal }: SimulatePorts, options: SimulateOptions) => {
  const { batchSize, takePerSecond, poll } = options;
  let pace: Pace = { credit: 0, atMs: now() };
  return {
    /**
     * Returns the number of rows that may be taken now, already subtracted; undefined after a wait
     * for the next one.
     */
    allowance: async (): Promise<number | undefined> => {
      if (takePerSecond === 0) return batchSize;
      pace = refill(pace, now(), takePerSecond);
      const allowed = Math.min(batchSize, Math.floor(pace.credit));
      if (allowed === 0) {
        await pause(Math.max(poll.minMs, toMsUntilNext(pace, takePerSecond)), signal);
        return undefined;
      }
      pace = { ...pace, credit: pace.credit - allowed };
      return allowed;
    },
    giveBack: (rows: number): void => {
      pace = { ...pace, credit: pace.credit + rows };
    },
  };
};

/** Creates the work that writes the received messages whose time has come. */
const createInboundWriter = ({ now, insertInbound, onGiven }: SimulatePorts, options: SimulateOptions) => {
  const startedAt = now();
  let written = 0;
  return async (): Promise<boolean> => {
    const due = Math.floor(((now() - startedAt) * options.inboundPerSecond) / 1000) - written;
    const count = Math.min(due, options.batchSize);
    if (count <= 0) return false;
    const insertedAt = now();
    const given = await insertInbound(written, count);
    written += count;
    onGiven(given, now() - insertedAt);
    // Never at once: due messages are written five times a second.
    return false;
  };
};

/**
 * Simulates the province until stopped: takes rows, gives replies when they are due, and writes
 * customers' messages. Each loop continues after an error, because each round is one transaction.
 */
export const simulate = (ports: SimulatePorts, options: SimulateOptions) => {
  const { signal, pause } = ports;
  const problems = new Map<string, string>();

  const repeat = (name: string, idle: Backoff, work: () => Promise<boolean>): Promise<void> =>
    pollUntilStopped({
      work: async () => {
        const found = await work();
        problems.delete(name);
        return found;
      },
      onError: (error) => {
        problems.set(name, `${name}: ${messageOf(error)}`);
        ports.onProblem(name, error);
      },
      pace: adaptivePace(idle, options.retry),
      signal,
      pause,
    });

  const throttle = createThrottle(ports, options);
  const take = async (): Promise<boolean> => {
    const limit = await throttle.allowance();
    if (limit === undefined) return true;
    const startedAt = ports.now();
    const seqIds = await ports.nextRows(limit);
    const { taken, given } = seqIds.length === 0 ? NOTHING : await ports.takeBatch(seqIds);
    throttle.giveBack(limit - taken);
    if (taken === 0) return false;
    ports.crashPoint('simulator.after-commit');
    const ms = ports.now() - startedAt;
    ports.onTaken(taken, ms);
    if (total(given) > 0) ports.onGiven(given, ms);
    return true;
  };

  const answer = async (): Promise<boolean> => {
    const startedAt = ports.now();
    const given = await ports.moveDueAnswers(options.batchSize);
    if (total(given) === 0) return false;
    ports.crashPoint('simulator.after-move');
    ports.onGiven(given, ports.now() - startedAt);
    // Less than a batch: a pause lets the next ones become due together.
    return total(given) === options.batchSize;
  };

  const loops = [
    ...Array.from({ length: options.workers }, () => repeat('taking rows', options.poll, take)),
    ...Array.from({ length: options.answerWorkers }, () => repeat('giving answers', options.poll, answer)),
    ...(options.inboundPerSecond > 0 ? [repeat('inbound', INBOUND_EVERY, createInboundWriter(ports, options))] : []),
  ];
  return {
    /** Resolves when every loop has ended. */
    ended: async (): Promise<void> => {
      await Promise.all(loops);
    },
    /** Returns the causes that stop loops from working, or undefined. */
    problem: (): string | undefined => (problems.size === 0 ? undefined : [...problems.values()].join('; ')),
  };
};
