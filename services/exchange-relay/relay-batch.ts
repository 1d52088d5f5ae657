import { BridgeError } from '../../shared/errors';
import { toTerminalEvent } from '../../shared/ledger/terminal-event';
import { toMessageKey } from '../../shared/sms/message-key';
import type { ParkCause, RelayPorts } from './batch-ports';
import { dropReplays, toNextOffsets } from './core/drop-replays';
import type { KnownMessage } from './core/known-message';
import type { LedgerEntry } from './core/ledger-entry';
import type { BatchPlan, ReadRecord } from './core/plan-batch';
import type { Slice } from './core/record-buffer';
import { differsFromStored, needsEventAgain, selectNotEntered } from './core/repeated-message';
import { selectTraces } from './core/select-traces';
import { countEnded, toRepeatedEvent, toUnstorableEvent } from './core/to-status-event';
import { enterMessages, lockOffsets, splitParked } from './enter-messages';

/** Why a record can never be handed over: a stable code, and a text for people. */
export type Poison = { readonly reason: string; readonly message: string };

/** The treatment of a whole batch that is not handed over: dead letters, or parked records. */
export type Aside = Poison | { readonly park: ParkCause };

const AFTER_PARKED: ParkCause = { fault: '', message: 'an earlier record of the message is parked' };

/**
 * The places between each pair of effects, in their order. Crash tests kill the process at each of
 * them.
 */
export const RELAY_STEPS = [
  'relay.before-transaction',
  'relay.after-lock',
  'relay.after-hand-over',
  'relay.after-advance',
  'relay.after-publish',
  'relay.after-commit',
] as const;

export type BatchCounts = {
  readonly handed: number;
  readonly scheduled: number;
  readonly replayed: number;
  readonly duplicates: number;
  /** duplicates with another text or recipient than the first message; absent: none */
  readonly conflicting?: number;
  readonly deadLetters: number;
  readonly parked: number;
  /** ended by the relay, by reason code */
  readonly ended: ReadonlyMap<string, number>;
};

/**
 * Rolls the transaction back: these messages are in the history, so the batch is done again without
 * them.
 */
class AlreadyInHistory extends Error {
  readonly messages: readonly KnownMessage[];

  constructor(messages: readonly KnownMessage[]) {
    super('some messages are in the history already');
    this.messages = messages;
  }
}

const NONE: ReadonlyMap<string, KnownMessage> = new Map();

/**
 * How often a batch is repeated at once because another session's insert was first. That insert is
 * committed, so one repetition per such session suffices.
 */
const RACES = 2;

const lostRace = (error: unknown): boolean => error instanceof BridgeError && error.code === 'DB_UNIQUE';

/** The plan is made before the locks. If they took longer than this, validity is judged again. */
const PLAN_FRESH_MS = 1_000;

/**
 * Hands one batch over, exactly once (guarantee G1). The order of effects is the guarantee: lock
 * the offset rows → drop replays → ledger and exchange rows → advance the offset rows, look into
 * the history → publish what ended here → commit. The publish comes before the commit: a crash in
 * between repeats those events with the same eventId and loses none.
 * @param aside if given, makes every record of the batch a dead letter or a parked record, for this
 *   reason
 * @param patienceMs how long to wait for another session's lock on a message; absent: the usual
 *   time
 * @param atOnce true if the offset rows must be free now
 * @throws OffsetMoved, OffsetsHeld, MessageLocked, or any error of a port; then the batch had no
 *   effect except, perhaps, published events
 */
export const relayBatch = async <Tx>(
  slices: readonly Slice[],
  ports: RelayPorts<Tx>,
  aside?: Aside,
  patienceMs?: number,
  atOnce = false,
): Promise<BatchCounts> => {
  const records = slices.flatMap((slice) => slice.records);
  const poison = aside !== undefined && 'reason' in aside ? aside : undefined;
  const park = aside !== undefined && 'park' in aside ? aside.park : undefined;
  const read = poison === undefined ? await ports.read(records) : [];
  let inHistory = NONE;
  let races = 0;
  for (;;) {
    const plannedAt = ports.now();
    const plan = ports.plan(park === undefined ? read : [], plannedAt);
    try {
      ports.crashPoint('relay.before-transaction');
      const counts = await ports.inTransaction((tx) =>
        commitBatch(tx, slices, { read, plan, plannedAt, inHistory, poison, park, patienceMs, atOnce }, ports),
      );
      ports.crashPoint('relay.after-commit');
      return counts;
    } catch (error) {
      if (lostRace(error) && races < RACES) {
        races += 1;
        continue;
      }
      if (!(error instanceof AlreadyInHistory)) throw error;
      inHistory = new Map([
        ...inHistory,
        ...error.messages.map((message) => [toMessageKey(message), message] as const),
      ]);
    }
  }
};

type Prepared = {
  readonly read: readonly ReadRecord[];
  readonly plan: BatchPlan;
  readonly plannedAt: number;
  /** messages in the history, by toMessageKey */
  readonly inHistory: ReadonlyMap<string, KnownMessage>;
  readonly poison: Poison | undefined;
  readonly park: ParkCause | undefined;
  readonly patienceMs: number | undefined;
  readonly atOnce: boolean;
};

const commitBatch = async <Tx>(
  tx: Tx,
  slices: readonly Slice[],
  prepared: Prepared,
  ports: RelayPorts<Tx>,
): Promise<BatchCounts> => {
  const next = await lockOffsets(tx, slices, prepared.atOnce, ports);
  ports.crashPoint('relay.after-lock');
  const records = dropReplays(slices, next);
  const total = slices.reduce((sum, slice) => sum + slice.records.length, 0);
  const now = ports.now();
  const fresh = new Set(records);
  const ours = records.length === total ? prepared.read : prepared.read.filter(({ record }) => fresh.has(record));
  const [blocked, unblocked] = prepared.park === undefined ? splitParked(ours, ports) : [ours, []];
  const stale = unblocked.length !== prepared.read.length || now - prepared.plannedAt > PLAN_FRESH_MS;
  const plan = stale ? ports.plan(unblocked, now) : prepared.plan;
  const { inHistory, patienceMs } = prepared;
  const entries =
    inHistory.size === 0 ? plan.entries : plan.entries.filter((entry) => !inHistory.has(toMessageKey(entry)));

  const notInserted = new Set((await enterMessages(tx, entries, now, patienceMs, ports)).map(toMessageKey));
  if (blocked.length > 0) await ports.park(tx, blocked, prepared.park ?? AFTER_PARKED);
  ports.crashPoint('relay.after-hand-over');
  const entered = notInserted.size === 0 ? entries : entries.filter((entry) => !notInserted.has(toMessageKey(entry)));
  const repeats = selectNotEntered(plan.entries, entered);
  const stored = repeats.length === 0 ? inHistory : await findStored(tx, repeats, inHistory, ports);
  const repeated = repeats.flatMap((entry) => {
    const message = stored.get(toMessageKey(entry));
    return message !== undefined && needsEventAgain(message, prepared.read) ? toRepeatedEvent(message) : [];
  });
  const conflicting = plan.conflicting + repeats.filter((entry) => differsFromStored(entry, stored)).length;

  const ended = [
    ...entered
      .filter((entry) => entry.status === 'REJECTED' || entry.status === 'EXPIRED')
      .map((entry) =>
        toTerminalEvent(entry, { status: entry.status as 'REJECTED' | 'EXPIRED', reason: entry.reason }, now),
      ),
    ...plan.unstorable.map((message) => toUnstorableEvent(message, now)),
  ];
  const statuses = [...ended, ...repeated];
  const { poison } = prepared;
  const deadLetters = poison === undefined ? plan.deadLetters : records.map((record) => ({ record, ...poison }));
  const history = await ports.advanceOffsets(
    tx,
    toNextOffsets(slices, next),
    entered.map((entry) => entry.messageId),
  );
  // Before any publish: a late copy of a message in the history must not be reported as expired.
  if (history.length > 0) throwIfInHistory(entered, history);
  ports.crashPoint('relay.after-advance');
  if (statuses.length > 0 || deadLetters.length > 0)
    await ports.publish(statuses, deadLetters, selectTraces(statuses, prepared.read));
  ports.crashPoint('relay.after-publish');
  const handed = entered.filter((entry) => entry.status === 'HANDED').length;
  return {
    handed,
    scheduled: entered.filter((entry) => entry.status === 'SCHEDULED').length,
    replayed: total - records.length,
    duplicates: plan.duplicates + repeats.length,
    ...(conflicting > 0 ? { conflicting } : {}),
    deadLetters: deadLetters.length,
    parked: blocked.length,
    ended: countEnded(ended),
  };
};

/**
 * Refuses entered messages that the history holds. The same id of another application is another
 * message.
 * @throws AlreadyInHistory
 */
const throwIfInHistory = (entered: readonly LedgerEntry[], history: readonly KnownMessage[]): void => {
  const keys = new Set(entered.map(toMessageKey));
  const own = history.filter((message) => keys.has(toMessageKey(message)));
  if (own.length > 0) throw new AlreadyInHistory(own);
};

/** Returns what ledger and history hold about messages that were not entered, by toMessageKey. */
const findStored = async <Tx>(
  tx: Tx,
  notInserted: readonly LedgerEntry[],
  inHistory: ReadonlyMap<string, KnownMessage>,
  ports: RelayPorts<Tx>,
): Promise<ReadonlyMap<string, KnownMessage>> => {
  const ids = new Set(
    notInserted.filter((entry) => !inHistory.has(toMessageKey(entry))).map(({ messageId }) => messageId),
  );
  const inLedger = ids.size === 0 ? [] : await ports.findKnown(tx, [...ids]);
  return new Map([...inHistory, ...inLedger.map((message) => [toMessageKey(message), message] as const)]);
};
