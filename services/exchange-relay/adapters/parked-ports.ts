import type { Database } from '../../shared/database/open-database';
import { inTransaction, type Tx } from '../../shared/database/transaction';
import type { Blame } from '../../shared/faults/judge-fault';
import type { KafkaRecord } from '../../shared/kafka/ports';
import type { CrashPoint } from '../../shared/lifecycle/crash-point';
import { type ParkedEntry, toMessageKey } from '../core/parked-record';
import { PARKED_STEP, type ParkedPorts } from '../hand-over-parked';
import { type RelayPorts, relayBatch } from '../relay-batch';
import { createParkedRows } from './parked-rows';
import { createRelayOffsets } from './relay-offsets';

/** A locked message keeps the loop this long and no longer; the others behind it are tried then. */
const PATIENCE_MS = 150;
/** More than that are not parked: handing over rests instead. */
export const MOST_PARKED = 10_000;

/** Which messages are parked, as this instance knows: what it parked itself at once, and what others did after the next look. */
export const createParkedKeys = () => {
  let listed: ReadonlySet<string> = new Set();
  let added = new Set<string>();
  return {
    has: (message: { readonly appId: string; readonly messageId: string }): boolean =>
      listed.size + added.size > 0 && (listed.has(toMessageKey(message)) || added.has(toMessageKey(message))),
    add: (message: { readonly appId: string; readonly messageId: string }): void => {
      added.add(toMessageKey(message));
    },
    size: (): number => listed.size + added.size,
    /** Begins a look: what is parked from now on is not forgotten by `replace`. */
    beginLook: (): ((parked: readonly ParkedEntry[]) => void) => {
      const before = added;
      added = new Set(before);
      const since = added;
      return (parked) => {
        listed = new Set(parked.map(toMessageKey));
        added = new Set([...since].filter((key) => !before.has(key)));
      };
    },
  };
};

export type ParkedKeys = ReturnType<typeof createParkedKeys>;

/** A batch of one parked record: its row is what its offset is to others. Locked first, and deleted instead of advanced. */
const relayParked = async (
  world: {
    readonly db: Database;
    readonly groupId: string;
    readonly ports: RelayPorts<Tx>;
    readonly crashPoint: CrashPoint;
  },
  record: KafkaRecord,
  id: string,
  poison: Parameters<ParkedPorts['relay']>[1],
): Promise<boolean> => {
  const { db, groupId, ports, crashPoint } = world;
  const rows = createParkedRows(db);
  const offsets = createRelayOffsets(db);
  const { topic, partition, offset } = record;
  const slice = { topic, partition, from: offset, nextOffset: offset + 1, records: [record] };
  let there = true;
  await relayBatch(
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
  return there;
};

/** Everything that `handOverParked` needs, on a database. */
export const createParkedPorts = (world: {
  readonly db: Database;
  readonly groupId: string;
  readonly ports: RelayPorts<Tx>;
  readonly judge: (error: unknown, alike: number, longAlone: boolean) => Promise<Blame | undefined>;
  readonly crashPoint: CrashPoint;
  readonly keys: ParkedKeys;
  readonly stopped: () => boolean;
  readonly describe: (error: unknown) => Promise<string>;
  readonly onTrouble: (what: string, error: unknown) => void;
}): ParkedPorts => {
  const { db, groupId, keys } = world;
  const rows = createParkedRows(db);
  return {
    list: async () => {
      const done = keys.beginLook();
      const parked = await rows.list(db, groupId, MOST_PARKED);
      done(parked);
      return parked;
    },
    relay: async (id, poison) => {
      const record = await inTransaction(db, (tx) => rows.claim(tx, id));
      return record !== undefined && relayParked(world, record, id, poison);
    },
    postpone: (id, cause, nextTryMs) => rows.postpone(db, id, cause, nextTryMs),
    judge: world.judge,
    now: Date.now,
    stopped: world.stopped,
    describe: world.describe,
    onTrouble: world.onTrouble,
  };
};
