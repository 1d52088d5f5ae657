import type { Database, Tx } from '../../../shared/database/database';
import { inTransaction } from '../../../shared/database/transaction';
import type { Judge } from '../../../shared/faults/judge-with-probe';
import type { KafkaRecord } from '../../../shared/kafka/ports';
import type { CrashPoint } from '../../../shared/service/crash-point';
import { toMessageKey } from '../../../shared/sms/message-key';
import type { RelayPorts } from '../batch-ports';
import type { ParkedEntry } from '../core/parked-record';
import { PARKED_STEP, type ParkedPorts } from '../hand-over-parked';
import { type BatchCounts, relayBatch } from '../relay-batch';
import { createParkedRows } from '../sql/parked-rows';
import { createRelayOffsets } from '../sql/relay-offsets';

/** A locked message delays the loop by at most this; the next record is tried then. */
const PATIENCE_MS = 150;
/** The limit of parked records. Above it handing over rests. */
export const MAX_PARKED = 10_000;

/**
 * How long a message that was just parked counts as parked, even if a look that began before its
 * transaction's commit does not find it.
 */
const FRESH_MS = 5_000;

/**
 * Creates this instance's view of the parked messages: those that it parked itself at once, those
 * of other instances after the next look.
 */
export const createParkedKeys = (now: () => number = Date.now) => {
  let listed: ReadonlySet<string> = new Set();
  const fresh = new Map<string, number>();
  return {
    has: (message: { readonly appId: string; readonly messageId: string }): boolean =>
      listed.size + fresh.size > 0 && (listed.has(toMessageKey(message)) || fresh.has(toMessageKey(message))),
    add: (message: { readonly appId: string; readonly messageId: string }): void => {
      fresh.set(toMessageKey(message), now());
    },
    size: (): number => listed.size + fresh.size,
    looked: (parked: readonly ParkedEntry[]): void => {
      listed = new Set(parked.map(toMessageKey));
      for (const [key, addedAt] of fresh) if (now() - addedAt > FRESH_MS) fresh.delete(key);
    },
  };
};

export type ParkedKeys = ReturnType<typeof createParkedKeys>;

/**
 * Hands over a batch of one parked record. The row takes the role of an offset row: it is locked
 * first, and deleted in place of advanced. Returns undefined if another instance has it.
 */
const relayParked = async (
  deps: {
    readonly db: Database;
    readonly groupId: string;
    readonly ports: RelayPorts<Tx>;
    readonly crashPoint: CrashPoint;
  },
  record: KafkaRecord,
  id: string,
  poison: Parameters<ParkedPorts['relay']>[1],
): Promise<BatchCounts | undefined> => {
  const { db, groupId, ports, crashPoint } = deps;
  const rows = createParkedRows(db);
  const offsets = createRelayOffsets(db);
  const { topic, partition, offset } = record;
  const slice = { topic, partition, from: offset, nextOffset: offset + 1, records: [record] };
  let there = true;
  const counts = await relayBatch(
    [slice],
    {
      ...ports,
      inTransaction: (work) => inTransaction(db, work),
      isParked: () => false,
      lockOffsets: async (tx) => {
        there = (await rows.claim(tx, id)) !== undefined;
        crashPoint(PARKED_STEP);
        return new Map([[partition, there ? offset : offset + 1]]);
      },
      advanceOffsets: async (tx, _next, messageIds) => {
        if (there) await rows.remove(tx, id);
        return offsets.advance(tx, groupId, [], messageIds);
      },
    },
    poison,
    PATIENCE_MS,
  );
  return there ? counts : undefined;
};

/** Creates the ports of `handOverParked` on a database. */
export const createParkedPorts = (deps: {
  readonly db: Database;
  readonly groupId: string;
  readonly ports: RelayPorts<Tx>;
  readonly judge: Judge['judge'];
  readonly crashPoint: CrashPoint;
  readonly keys: ParkedKeys;
  readonly signal: AbortSignal;
  readonly describe: (error: unknown) => Promise<string>;
  readonly onProblem: (summary: string, error: unknown) => void;
  /** one record, and the duration of its transaction in ms */
  readonly onHandedOver: (counts: BatchCounts, ms: number) => void;
}): ParkedPorts => {
  const { db, groupId, keys } = deps;
  const rows = createParkedRows(db);
  return {
    list: async () => {
      const parked = await rows.list(db, groupId, MAX_PARKED);
      keys.looked(parked);
      return parked;
    },
    relay: async (id, poison) => {
      const record = await inTransaction(db, (tx) => rows.claim(tx, id));
      if (record === undefined) return false;
      const startedAt = Date.now();
      const counts = await relayParked(deps, record, id, poison);
      if (counts !== undefined) deps.onHandedOver(counts, Date.now() - startedAt);
      return counts !== undefined;
    },
    postpone: (id, cause, nextTryMs) => rows.postpone(db, id, cause, nextTryMs),
    judge: deps.judge,
    now: Date.now,
    signal: deps.signal,
    describe: deps.describe,
    onProblem: deps.onProblem,
  };
};
