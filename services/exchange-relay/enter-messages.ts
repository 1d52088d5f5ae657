import { BridgeError } from '../shared/errors';
import type { MessageKey } from '../shared/sms/message-key';
import type { LedgerEntry } from './core/ledger-entry';
import type { ReadRecord } from './core/plan-batch';
import type { RelayPorts } from './relay-batch';

/** Somebody else's lock on a message of the batch outlasted the patience. */
export class MessageLocked extends Error {
  constructor(cause: unknown) {
    super('a message is locked by another session', { cause });
    this.name = 'MessageLocked';
  }
}

const isLocked = (error: unknown): boolean => error instanceof BridgeError && error.code === 'DB_LOCKED';

/** Hands entries over; tells a lock on one of them from locks on what all batches need. */
export const enterMessages = async <Tx>(
  tx: Tx,
  entries: readonly LedgerEntry[],
  now: number,
  patienceMs: number | undefined,
  ports: Pick<RelayPorts<Tx>, 'handOver'>,
): Promise<readonly MessageKey[]> => {
  if (entries.length === 0) return [];
  try {
    return await ports.handOver(tx, entries, now, patienceMs);
  } catch (error) {
    throw isLocked(error) ? new MessageLocked(error) : error;
  }
};

/** Records whose message has an earlier one parked, and the records to hand over. */
export const splitParked = <Tx>(
  read: readonly ReadRecord[],
  ports: Pick<RelayPorts<Tx>, 'isParked'>,
): readonly [behind: readonly ReadRecord[], others: readonly ReadRecord[]] => {
  const behind = read.filter(({ message }) => message.ok && ports.isParked(message.value));
  return behind.length === 0 ? [[], read] : [behind, read.filter((record) => !behind.includes(record))];
};
