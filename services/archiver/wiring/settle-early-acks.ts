import type { Tx } from '../../../shared/database/database';
import type { EventPublisher } from '../kafka/publish-events';
import { type SettlePorts, settleAcks } from '../settle-acks';
import type { PendingAcks } from '../sql/pending-acks';

/**
 * Settles one slice of acknowledgements that came before their message, in the caller's
 * transaction. The collector publishes before it commits, so a quick business system is often
 * first.
 */
export const settleEarlyAcks = async (
  tx: Tx,
  limit: number,
  pending: PendingAcks,
  settle: SettlePorts<Tx>,
  publisher: EventPublisher,
): Promise<{ readonly taken: number; readonly applied: number; readonly refused: number }> => {
  const acks = await pending.claim(tx, limit);
  if (acks.length === 0) return { taken: 0, applied: 0, refused: 0 };
  const items = acks.map((ack) => ({ ack }));
  const { apply, refused } = await settleAcks(tx, items, settle);
  await publisher.publishRefusedAcks(
    refused.map(({ ack }) => ack),
    { reason: 'ACK_NOT_ALLOWED', message: 'the message belongs to another application' },
  );
  await pending.remove(tx, acks);
  return { taken: acks.length, applied: apply.length, refused: refused.length };
};
