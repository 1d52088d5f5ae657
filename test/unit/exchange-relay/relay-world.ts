import type { RelayPorts } from '../../../services/exchange-relay/batch-ports';
import type { KnownMessage } from '../../../services/exchange-relay/core/known-message';
import type { LedgerEntry } from '../../../services/exchange-relay/core/ledger-entry';
import { planBatch, type ReadRecord } from '../../../services/exchange-relay/core/plan-batch';
import type { Slice } from '../../../services/exchange-relay/core/record-buffer';
import type { SmsSend, SmsStatus } from '../../../shared/avro/records';
import type { KafkaRecord } from '../../../shared/kafka/ports';
import type { DeadLetter } from '../../../shared/kafka/publish-dead-letters';
import { failed, ok } from '../../../shared/result';
import { toMessageKey } from '../../../shared/sms/message-key';
import { validateSend } from '../../../shared/sms/validate-send';
import { NOW } from '../../support/sms-send-message';

type State = {
  readonly offsets: Map<number, number>;
  /** By `toMessageKey`. */
  readonly ledger: Map<string, KnownMessage & { status: string; sent?: LedgerEntry }>;
  /** The messageIds in the order of the province's rows. */
  readonly exchange: string[];
};

/**
 * The rules of the relay's world: a transaction takes effect at its commit or not at all; published
 * events stay published. It models the rules, not PostgreSQL or Kafka.
 */
export const createRelayWorld = (
  options: {
    readonly history?: readonly string[];
    /** How messages of the history ended that were never sent. */
    readonly ended?: ReadonlyMap<string, NonNullable<KnownMessage['ended']>>;
    readonly crash?: (step: string) => void;
  } = {},
) => {
  let state: State = { offsets: new Map([[0, 0]]), ledger: new Map(), exchange: [] };
  const history = new Set(options.history);
  const messages = new Map<KafkaRecord, SmsSend>();
  const statuses: SmsStatus[] = [];
  const letters: DeadLetter[] = [];
  const parked: ReadRecord[] = [];
  const ports: RelayPorts<State> = {
    read: async (records) =>
      records.map((record): ReadRecord => {
        const message = messages.get(record);
        return { record, message: message ? ok(message) : failed({ reason: 'MALFORMED', message: 'cut off' }) };
      }),
    plan: (records, now) =>
      planBatch(
        records,
        (message) =>
          validateSend(
            message,
            ['billing', 'portal'].includes(message.appId) ? { extCode: null, enabled: true } : undefined,
            { country: 'CN', contentMax: 1000 },
            now,
          ),
        now,
      ),
    inTransaction: async (work) => {
      const tx: State = {
        offsets: new Map(state.offsets),
        ledger: new Map(state.ledger),
        exchange: [...state.exchange],
      };
      const result = await work(tx);
      state = tx;
      options.crash?.('after-commit');
      return result;
    },
    lockOffsets: async (tx) => new Map(tx.offsets),
    handOver: async (tx, entries) => {
      const refused = entries.filter((entry) => tx.ledger.has(toMessageKey(entry)));
      for (const entry of entries) {
        if (refused.includes(entry)) continue;
        const { messageId, appId, status, reason, destAddr, context } = entry;
        const ended =
          status === 'REJECTED' || status === 'EXPIRED'
            ? { ended: { status, reason, destAddr, context, endedAt: NOW } as const }
            : {};
        tx.ledger.set(toMessageKey(entry), { messageId, appId, status, sent: entry, ...ended });
        if (entry.status === 'HANDED') tx.exchange.push(entry.messageId);
      }
      return refused;
    },
    findKnown: async (tx, ids) => [...tx.ledger.values()].filter(({ messageId }) => ids.includes(messageId)),
    advanceOffsets: async (tx, next, ids) => {
      for (const { partition, nextOffset } of next) tx.offsets.set(partition, nextOffset);
      return ids
        .filter((id) => history.has(id))
        .map((messageId) => ({ messageId, appId: 'billing', ended: options.ended?.get(messageId) }));
    },
    publish: async (newStatuses, newLetters) => {
      statuses.push(...newStatuses);
      letters.push(...newLetters);
    },
    isParked: ({ messageId }) => parked.some(({ message }) => message.ok && message.value.messageId === messageId),
    park: async (_tx, records) => {
      parked.push(...records);
    },
    now: () => NOW,
    crashPoint: (step) => options.crash?.(step),
  };
  return {
    ports,
    state: () => state,
    statuses,
    letters,
    parked,
    /** Returns a slice of partition 0; `undefined` is an undecodable record. */
    slice: (from: number, contents: readonly (SmsSend | undefined)[]): Slice => {
      const records = contents.map((message, index): KafkaRecord => {
        const record = {
          topic: 't',
          partition: 0,
          offset: from + index,
          key: null,
          value: null,
          headers: {},
          timestamp: NOW,
        };
        if (message) messages.set(record, message);
        return record;
      });
      return { topic: 't', partition: 0, from, nextOffset: from + contents.length, records };
    },
    moveOffset: (to: number | undefined) => (to === undefined ? state.offsets.delete(0) : state.offsets.set(0, to)),
  };
};
