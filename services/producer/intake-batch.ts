import type { SmsSend, SmsStatus } from '../../shared/avro/records';
import { type MessageKey, toMessageKey } from '../../shared/sms/message-key';
import type { Publication } from './accept-messages';
import type { Refusal } from './core/message-request';
import { toEndedEvent } from './core/to-ended-event';

/** A NEW row; of one that cannot be read only `messageId` and `appId` are known, and why. `reused`: the history of its application has its id. */
export type IntakeRow = SmsSend & { readonly unreadable?: Refusal; readonly reused?: true };

const REUSED: Refusal = {
  code: 'MESSAGE_ID_REUSED',
  field: 'messageId',
  message: 'the history has a message with this id; a new message needs a new one',
};

const whyNot = (row: IntakeRow): Refusal | undefined => row.unreadable ?? (row.reused ? REUSED : undefined);

/** A row that can never be published, why, and its number in the spelling that all others have; empty: not known. */
export type RejectedMessage = MessageKey & { readonly reason: string; readonly destAddr?: string };

/** What the table intake needs of the world. `Tx` is the transaction in which the rows are claimed and marked. */
export type IntakePorts<Tx> = {
  readonly inTransaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /** Locks up to `limit` NEW rows that nobody else holds, oldest first. */
  readonly claimNew: (tx: Tx, limit: number) => Promise<readonly IntakeRow[]>;
  /** The key of a recipient's records: the number in its one spelling. */
  readonly toKey: (destAddr: string) => string;
  /** As over HTTP: those that can never be published come back with the reason, by `toMessageKey`, the others are acknowledged. @throws BridgeError retryable */
  readonly publish: (publications: readonly Publication[]) => Promise<ReadonlyMap<string, Refusal>>;
  readonly publishStatuses: (statuses: readonly SmsStatus[]) => Promise<void>;
  readonly markTaken: (
    tx: Tx,
    taken: { readonly queued: readonly MessageKey[]; readonly rejected: readonly RejectedMessage[] },
    now: number,
  ) => Promise<void>;
  readonly now: () => number;
  readonly crashPoint: (step: string) => void;
};

/** Marks between the effects, for crash tests. */
export const INTAKE_STEPS = [
  'producer.intake.after-claim',
  'producer.intake.after-publish',
  'producer.intake.before-commit',
] as const;

export type IntakeCounts = { readonly queued: number; readonly rejected: ReadonlyMap<string, number> };

const countByCode = (rejected: ReadonlyMap<string, Refusal>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { code } of rejected.values()) counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
};

/**
 * Takes NEW rows of SM_SEND_T, one transaction: claim → publish → events of rows that cannot be published → QUEUED or REJECTED → commit.
 * A row whose id is in the history is not published: the relay would take it for a copy of that message and drop it without a word.
 * A crash after the publish leaves NEW rows whose records are in Kafka: they are published again, and the relay, which takes NEW rows as well as
 * QUEUED ones over, hands each message over once. What a message may hold is judged by the relay, as for everybody's records.
 */
export const takeRows = async <Tx>(ports: IntakePorts<Tx>, limit: number): Promise<IntakeCounts> =>
  ports.inTransaction(async (tx) => {
    const messages = await ports.claimNew(tx, limit);
    ports.crashPoint('producer.intake.after-claim');
    if (messages.length === 0) return { queued: 0, rejected: new Map() };
    const refusals = messages.flatMap((row) => {
      const refusal = whyNot(row);
      return refusal === undefined ? [] : [[toMessageKey(row), refusal] as const];
    });
    const sendable = refusals.length === 0 ? messages : messages.filter((row) => whyNot(row) === undefined);
    const refused = await ports.publish(sendable.map((send) => ({ send, to: ports.toKey(send.to) })));
    const rejected = refusals.length === 0 ? refused : new Map([...refused, ...refusals]);
    ports.crashPoint('producer.intake.after-publish');
    const now = ports.now();
    if (rejected.size > 0) {
      const ended = messages.filter((message) => rejected.has(toMessageKey(message)));
      await ports.publishStatuses(
        ended.map(({ messageId, appId, to, context }) =>
          toEndedEvent(
            {
              messageId,
              appId,
              destAddr: ports.toKey(to) || null,
              context,
              status: 'REJECTED',
              reason: rejected.get(toMessageKey({ messageId, appId }))?.code ?? 'MESSAGE_INVALID',
            },
            now,
          ),
        ),
      );
    }
    const queued = messages.filter((message) => !rejected.has(toMessageKey(message)));
    const ending = messages.flatMap(({ messageId, appId, to }) => {
      const refusal = rejected.get(toMessageKey({ messageId, appId }));
      return refusal === undefined ? [] : [{ messageId, appId, reason: refusal.code, destAddr: ports.toKey(to) }];
    });
    await ports.markTaken(tx, { queued, rejected: ending }, now);
    ports.crashPoint('producer.intake.before-commit');
    return { queued: queued.length, rejected: countByCode(rejected) };
  });
