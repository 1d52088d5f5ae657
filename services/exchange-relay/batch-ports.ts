import type { SmsStatus } from '../../shared/avro/records';
import type { KafkaRecord, TopicPartition } from '../../shared/kafka/ports';
import type { DeadLetter } from '../../shared/kafka/publish-dead-letters';
import type { MessageKey } from '../../shared/sms/message-key';
import type { TraceContext } from '../../shared/trace-context';
import type { KnownMessage } from './core/known-message';
import type { LedgerEntry } from './core/ledger-entry';
import type { BatchPlan, ReadRecord } from './core/plan-batch';

/** The ports of handing over a batch. `Tx` is the transaction of the database effects. */
export type RelayPorts<Tx> = {
  readonly read: (records: readonly KafkaRecord[]) => Promise<readonly ReadRecord[]>;
  readonly plan: (records: readonly ReadRecord[], now: number) => BatchPlan;
  readonly inTransaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  readonly lockOffsets: (
    tx: Tx,
    partitions: readonly TopicPartition[],
    atOnce?: boolean,
  ) => Promise<ReadonlyMap<number, number>>;
  readonly handOver: (
    tx: Tx,
    entries: readonly LedgerEntry[],
    now: number,
    patienceMs?: number,
  ) => Promise<readonly MessageKey[]>;
  /**
   * Returns true while an earlier record of this message is parked: a later one must not overtake
   * it.
   */
  readonly isParked: (message: MessageKey) => boolean;
  /** Keeps records in the database, to be handed over later. */
  readonly park: (tx: Tx, records: readonly ReadRecord[], cause: ParkCause) => Promise<void>;
  readonly findKnown: (tx: Tx, messageIds: readonly string[]) => Promise<readonly KnownMessage[]>;
  /**
   * Advances the offset rows. Returns the messages with these ids that the history holds, of all
   * applications.
   */
  readonly advanceOffsets: (
    tx: Tx,
    next: readonly (TopicPartition & { readonly nextOffset: number })[],
    messageIds: readonly string[],
  ) => Promise<readonly KnownMessage[]>;
  /** Publishes events and dead letters. `traces` are by eventId. */
  readonly publish: (
    statuses: readonly SmsStatus[],
    deadLetters: readonly DeadLetter[],
    traces: ReadonlyMap<string, TraceContext>,
  ) => Promise<void>;
  readonly now: () => number;
  readonly crashPoint: (step: string) => void;
};

/**
 * Why a record is parked: another session has locked its message (`fault` is empty), or a table
 * refuses it.
 */
export type ParkCause = { readonly fault: string; readonly message: string };
