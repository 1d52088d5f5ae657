import { BridgeError } from '../../shared/errors';
import type { TopicPartition } from '../../shared/kafka/ports';
import type { MessageKey } from '../../shared/sms/message-key';
import type { RelayPorts } from './batch-ports';
import type { LedgerEntry } from './core/ledger-entry';
import type { ReadRecord } from './core/plan-batch';

/** Another session's lock on a message of the batch outlasted the patience. */
export class MessageLocked extends Error {
  constructor(cause: unknown) {
    super('a message is locked by another session', { cause });
    this.name = 'MessageLocked';
  }
}

/**
 * Another session holds the offset row of one of the partitions: a frozen relay, or a dead one
 * whose statement the server has not ended yet.
 */
export class OffsetsHeld extends BridgeError {
  constructor(cause: unknown) {
    super(
      'OFFSETS_HELD',
      'another session holds rows of RELAY_OFFSET: a frozen relay, or one that was killed while the server still runs its statement. If this does not pass, end that session',
      { retryable: true, cause },
    );
  }
}

const isLocked = (error: unknown): boolean => error instanceof BridgeError && error.code === 'DB_LOCKED';

/**
 * Locks the offset rows. Waits up to a second for them, with `atOnce` not at all.
 * @throws OffsetsHeld
 */
export const lockOffsets = async <Tx>(
  tx: Tx,
  partitions: readonly TopicPartition[],
  atOnce: boolean,
  ports: Pick<RelayPorts<Tx>, 'lockOffsets'>,
): Promise<ReadonlyMap<number, number>> => {
  try {
    return await ports.lockOffsets(tx, partitions, atOnce);
  } catch (error) {
    throw isLocked(error) ? new OffsetsHeld(error) : error;
  }
};

/**
 * Hands entries over.
 * @throws MessageLocked if one of them is locked
 */
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

/** Splits off the records whose message has an earlier parked one. */
export const splitParked = <Tx>(
  read: readonly ReadRecord[],
  ports: Pick<RelayPorts<Tx>, 'isParked'>,
): readonly [blocked: readonly ReadRecord[], others: readonly ReadRecord[]] => {
  const blocked = read.filter(({ message }) => message.ok && ports.isParked(message.value));
  return blocked.length === 0 ? [[], read] : [blocked, read.filter((record) => !blocked.includes(record))];
};
