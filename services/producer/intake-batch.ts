import type { SmsSend, SmsStatus } from '../../shared/avro/records';
import { toTerminalEvent } from '../../shared/ledger/terminal-event';
import { type MessageKey, toMessageKey } from '../../shared/sms/message-key';
import type { Publication } from './accept-messages';
import type { Refusal } from './core/message-request';

/**
 * A NEW row. Of an unreadable row only `messageId` and `appId` are known, with the reason in
 * `unreadable`. `reused`: the history of its application contains its id.
 */
export type IntakeRow = SmsSend & { readonly unreadable?: Refusal; readonly reused?: true };

const REUSED: Refusal = {
  code: 'MESSAGE_ID_REUSED',
  field: 'messageId',
  message: 'the history has a message with this id; a new message needs a new one',
};

const whyNot = (row: IntakeRow): Refusal | undefined => row.unreadable ?? (row.reused ? REUSED : undefined);

/**
 * A row that can never be published, with the reason and its normalised number; empty: not known.
 */
export type RejectedMessage = MessageKey & { readonly reason: string; readonly destAddr?: string };

/**
 * The ports of the table intake. `Tx` is the transaction in which the rows are claimed and marked.
 */
export type IntakePorts<Tx> = {
  readonly inTransaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /** Locks up to `limit` NEW rows that no other transaction holds, oldest first. */
  readonly claimNew: (tx: Tx, limit: number) => Promise<readonly IntakeRow[]>;
  /** Returns the key of a recipient's records: the normalised number. */
  readonly toKey: (destAddr: string) => string;
  /**
   * Publishes as the HTTP interface does. Returns the messages that can never be published with the
   * reason, by `toMessageKey`; the others are acknowledged.
   * @throws BridgeError retryable
   */
  readonly publish: (publications: readonly Publication[]) => Promise<ReadonlyMap<string, Refusal>>;
  readonly publishStatuses: (statuses: readonly SmsStatus[]) => Promise<void>;
  /** Marks the rows that are still NEW, and returns these. */
  readonly markQueued: <Row extends MessageKey>(tx: Tx, rows: readonly Row[]) => Promise<readonly Row[]>;
  /** Ends rows that this transaction has marked QUEUED. */
  readonly markRejected: (tx: Tx, messages: readonly RejectedMessage[], now: number) => Promise<void>;
  readonly now: () => number;
  readonly crashPoint: (step: string) => void;
};

/** The places between the effects, for crash tests. */
export const INTAKE_STEPS = [
  'producer.intake.after-claim',
  'producer.intake.after-mark',
  'producer.intake.after-publish',
  'producer.intake.before-commit',
] as const;

export type IntakeCounts = { readonly queued: number; readonly rejected: ReadonlyMap<string, number> };

const NOTHING: IntakeCounts = { queued: 0, rejected: new Map() };

type RefusedRow = { readonly row: IntakeRow; readonly reason: string };

const countByReason = (refused: readonly RefusedRow[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { reason } of refused) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
};

/** Ends rows that are marked QUEUED: first their events, then their status. */
const reject = async <Tx>(ports: IntakePorts<Tx>, tx: Tx, refused: readonly RefusedRow[]): Promise<void> => {
  const now = ports.now();
  const ended = refused.map(({ row: { messageId, appId, to, context }, reason }) => ({
    messageId,
    appId,
    context,
    reason,
    destAddr: ports.toKey(to),
  }));
  await ports.publishStatuses(
    ended.map((message) =>
      toTerminalEvent(
        { ...message, destAddr: message.destAddr || null },
        { status: 'REJECTED', reason: message.reason },
        now,
      ),
    ),
  );
  await ports.markRejected(tx, ended, now);
};

/**
 * Takes NEW rows of SM_SEND_T in one transaction: claim → QUEUED → publish → events of rows that
 * cannot be published → REJECTED → commit. Publishes only rows that it marked: on Oracle a claim
 * may return a row that another instance has taken since the claim began. If the table refuses the
 * mark, no row is published. A row whose id is in the history is not published: the relay would
 * drop it silently as a copy of that message. A crash after the publish leaves NEW rows whose
 * records are in Kafka. They are published again, and the relay, which takes NEW as well as QUEUED
 * rows over, hands each message over once. The relay validates these messages, as it does all
 * records.
 */
export const intakeBatch = async <Tx>(ports: IntakePorts<Tx>, limit: number): Promise<IntakeCounts> =>
  ports.inTransaction(async (tx) => {
    const claimed = await ports.claimNew(tx, limit);
    ports.crashPoint('producer.intake.after-claim');
    if (claimed.length === 0) return NOTHING;
    const rows = await ports.markQueued(tx, claimed);
    ports.crashPoint('producer.intake.after-mark');
    if (rows.length === 0) return NOTHING;
    const sendable = rows.filter((row) => whyNot(row) === undefined);
    const unpublished = await ports.publish(sendable.map((send) => ({ send, to: ports.toKey(send.to) })));
    ports.crashPoint('producer.intake.after-publish');
    const refused = rows.flatMap((row) => {
      const refusal = whyNot(row) ?? unpublished.get(toMessageKey(row));
      return refusal === undefined ? [] : [{ row, reason: refusal.code }];
    });
    if (refused.length > 0) await reject(ports, tx, refused);
    ports.crashPoint('producer.intake.before-commit');
    return { queued: rows.length - refused.length, rejected: countByReason(refused) };
  });
