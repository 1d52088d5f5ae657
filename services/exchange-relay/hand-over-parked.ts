import { messageOf, toProblem } from '../../shared/errors';
import { mayBeValue, toFaultKey } from '../../shared/faults/judge-fault';
import type { Judge } from '../../shared/faults/judge-with-probe';
import type { ParkCause } from './batch-ports';
import { countSameFault, isLongAlone, type ParkedEntry, selectDue, toRetryPauseMs } from './core/parked-record';
import { MessageLocked } from './enter-messages';
import type { Poison } from './relay-batch';

export type ParkedPorts = {
  /** Returns all parked records of the group, the oldest first. */
  readonly list: () => Promise<readonly ParkedEntry[]>;
  /**
   * Hands one record over, or with `poison` publishes it as a dead letter, in the order of effects
   * of a batch. Returns false if another instance has it.
   */
  readonly relay: (id: string, poison?: Poison) => Promise<boolean>;
  readonly postpone: (id: string, cause: ParkCause, nextTryMs: number) => Promise<void>;
  /**
   * Decides whether a value or a table is to blame for the error of a single record, from the
   * number of other parked records with the same fault.
   */
  readonly judge: Judge['judge'];
  /** Returns a text for people about a fault of the tables. */
  readonly describe: (error: unknown) => Promise<string>;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onProblem: (summary: string, error: unknown) => void;
};

/**
 * The crash point between the claim of a parked record and its hand-over. The crash points of a
 * batch follow it.
 */
export const PARKED_STEP = 'relay.parked-after-claim';

export type ParkedRound = {
  /** the records parked after the round, as far as this instance knows */
  readonly parked: readonly ParkedEntry[];
  /** the fault that keeps records parked, for people */
  readonly problem: string | undefined;
};

/**
 * Decides about a record that failed again: whether it is set aside, and whether its fault keeps
 * all records back.
 * @throws BridgeError DB_… if the database itself fails
 */
const postponeOrSetAside = async (
  ports: ParkedPorts,
  entry: ParkedEntry,
  waiting: readonly ParkedEntry[],
  error: unknown,
): Promise<{ readonly setAside: boolean; readonly problem?: string }> => {
  const locked = error instanceof MessageLocked;
  const cause = locked ? error.cause : error;
  if (!locked && !mayBeValue(cause)) throw cause;
  const fault = locked ? '' : toFaultKey(cause);
  const longAlone = isLongAlone(entry, ports.now());
  const evidence = { alike: countSameFault(waiting, entry, fault), othersWentThrough: false, longAlone };
  const blame = locked ? undefined : await ports.judge(cause, evidence);
  if (blame === 'value' && longAlone) {
    ports.onProblem('a record was set aside', cause);
    return { setAside: await ports.relay(entry.id, toProblem(cause)) };
  }
  const problem = blame === 'all' ? { problem: await ports.describe(cause) } : {};
  await ports.postpone(entry.id, { fault, message: messageOf(cause) }, ports.now() + toRetryPauseMs(entry.tries));
  return { setAside: false, ...problem };
};

/**
 * Tries the parked records whose time has come, one transaction each, only the oldest of each
 * message. A record is handed over if its lock is gone or its table was repaired. A record that
 * fails stays parked. A record with a value that keeps it out becomes a dead letter.
 * @throws BridgeError DB_… if the database itself fails
 */
export const handOverParked = async (ports: ParkedPorts): Promise<ParkedRound> => {
  const entries = await ports.list();
  const gone = new Set<string>();
  let problem: string | undefined;
  for (const entry of selectDue(entries, ports.now())) {
    if (ports.signal.aborted) break;
    try {
      if (await ports.relay(entry.id)) gone.add(entry.id);
    } catch (error) {
      const waiting = entries.filter(({ id }) => !gone.has(id));
      const outcome = await postponeOrSetAside(ports, entry, waiting, error);
      if (outcome.setAside) gone.add(entry.id);
      problem = outcome.problem ?? problem;
    }
  }
  return { parked: entries.filter(({ id }) => !gone.has(id)), problem };
};
