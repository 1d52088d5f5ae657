import { messageOf, toProblem } from '../../shared/errors';
import { mayBeValue, toFaultKey } from '../../shared/faults/judge-fault';
import type { Judge } from '../../shared/faults/judge-with-probe';
import type { ParkCause } from './batch-ports';
import { alikeOf, dueOf, isLongAlone, type ParkedEntry, pauseAfter } from './core/parked-record';
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
  readonly onTrouble: (what: string, error: unknown) => void;
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
  readonly trouble: string | undefined;
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
): Promise<{ readonly setAside: boolean; readonly trouble?: string }> => {
  const locked = error instanceof MessageLocked;
  const cause = locked ? error.cause : error;
  if (!locked && !mayBeValue(cause)) throw cause;
  const fault = locked ? '' : toFaultKey(cause);
  const longAlone = isLongAlone(entry, ports.now());
  const evidence = { alike: alikeOf(waiting, entry, fault), othersWentThrough: false, longAlone };
  const blame = locked ? undefined : await ports.judge(cause, evidence);
  if (blame === 'value' && longAlone) {
    ports.onTrouble('a record was set aside', cause);
    return { setAside: await ports.relay(entry.id, toProblem(cause)) };
  }
  const trouble = blame === 'all' ? { trouble: await ports.describe(cause) } : {};
  await ports.postpone(entry.id, { fault, message: messageOf(cause) }, ports.now() + pauseAfter(entry.tries));
  return { setAside: false, ...trouble };
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
  let trouble: string | undefined;
  for (const entry of dueOf(entries, ports.now())) {
    if (ports.signal.aborted) break;
    try {
      if (await ports.relay(entry.id)) gone.add(entry.id);
    } catch (error) {
      const waiting = entries.filter(({ id }) => !gone.has(id));
      const outcome = await postponeOrSetAside(ports, entry, waiting, error);
      if (outcome.setAside) gone.add(entry.id);
      trouble = outcome.trouble ?? trouble;
    }
  }
  return { parked: entries.filter(({ id }) => !gone.has(id)), trouble };
};
