import type { DecodeProblem } from '../../shared/avro/codec-port';
import type { SmsReceivedAck } from '../../shared/avro/records';
import type { KafkaRecord } from '../../shared/kafka/ports';
import type { DeadLetter } from '../../shared/kafka/publish-dead-letters';
import type { Result } from '../../shared/result';
import { problemOfAck } from './core/decide-acks';
import { type SettlePorts, settleAcks } from './settle-acks';

/** The ports that acknowledging needs. */
export type AcknowledgePorts<Tx> = SettlePorts<Tx> & {
  readonly decode: (records: readonly KafkaRecord[]) => Promise<readonly Result<SmsReceivedAck, DecodeProblem>[]>;
  readonly inTransaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  readonly storePending: (tx: Tx, acks: readonly SmsReceivedAck[], now: number) => Promise<void>;
  readonly publishRefused: (refused: readonly DeadLetter[]) => Promise<void>;
  readonly now: () => number;
  readonly crashPoint: (step: string) => void;
};

export type AckCounts = {
  readonly applied: number;
  readonly waiting: number;
  readonly repeated: number;
  readonly refused: number;
};

type ReadAck = { readonly record: KafkaRecord; readonly ack: SmsReceivedAck };

const readAcks = async <Tx>(
  records: readonly KafkaRecord[],
  ports: AcknowledgePorts<Tx>,
): Promise<{ readonly acks: readonly ReadAck[]; readonly refused: readonly DeadLetter[] }> => {
  const acks: ReadAck[] = [];
  const refused: DeadLetter[] = [];
  const decoded = await ports.decode(records);
  for (const [i, record] of records.entries()) {
    const result = decoded[i]!;
    if (!result.ok) {
      refused.push({ record, ...result.problem });
      continue;
    }
    const problem = problemOfAck(result.value);
    if (problem === undefined) acks.push({ record, ack: result.value });
    else refused.push({ record, reason: 'ACK_INVALID', message: problem });
  }
  return { acks, refused };
};

/**
 * Settles one batch of acknowledgements: read → rows → pending ones → dead letters acknowledged →
 * commit. The caller commits the offsets afterwards. A crash in between repeats the batch, which
 * changes no row and may repeat a dead letter.
 * @param poison if given, makes every record a dead letter for this reason
 * @throws any error of a port; then the batch had no effect except, perhaps, published dead letters
 */
export const acknowledgeBatch = async <Tx>(
  records: readonly KafkaRecord[],
  ports: AcknowledgePorts<Tx>,
  poison?: { readonly reason: string; readonly message: string },
): Promise<AckCounts> => {
  if (poison !== undefined) {
    await ports.publishRefused(records.map((record) => ({ record, ...poison })));
    return { applied: 0, waiting: 0, repeated: 0, refused: records.length };
  }
  const read = await readAcks(records, ports);
  return ports.inTransaction(async (tx) => {
    const { apply, wait, repeated, refused } = await settleAcks(tx, read.acks, ports);
    if (wait.length > 0)
      await ports.storePending(
        tx,
        wait.map(({ ack }) => ack),
        ports.now(),
      );
    const dead = [
      ...read.refused,
      ...refused.map(({ record, ack }) => ({
        record,
        reason: 'ACK_NOT_ALLOWED',
        message: `application ${ack.appId} may not acknowledge ${ack.receivedId}: it belongs to another application`,
      })),
    ];
    ports.crashPoint('archiver.ack-after-rows');
    if (dead.length > 0) await ports.publishRefused(dead);
    ports.crashPoint('archiver.ack-before-commit');
    return { applied: apply.length, waiting: wait.length, repeated: repeated.length, refused: dead.length };
  });
};
