import { type Database, type Engine, forEngine, type Tx } from '../../../shared/database/database';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import type { TakeSlice } from '../archive-batch';
import { toOverdueEvent } from '../core/overdue-event';
import type { ArchivePlan, Phase } from '../core/plan-archive';
import type { EventPublisher } from '../kafka/publish-events';
import { SETTLE_PORTS } from '../sql/acked-rows';
import { createEndMessages, END_UNANSWERED, type Ending, EXPIRE_UNHANDED } from '../sql/end-messages';
import { MOVE_PROCESSED, MOVE_RULES, MOVE_SENT, MOVE_UNDATED, MOVE_UNPROCESSED } from '../sql/move-rules';
import { createMoveSlice, findHeldBack } from '../sql/move-slice';
import { OFFER_AGAIN } from '../sql/offer-again';
import { PENDING_ACKS } from '../sql/pending-acks';
import { createPurgeSlice, PURGE_RECEIVED, PURGE_SENT } from '../sql/purge-history';
import { createPurgeTaken } from '../sql/purge-taken';
import { settleEarlyAcks } from './settle-early-acks';

const endSlice = (engine: Engine, ending: Ending, publisher: EventPublisher): TakeSlice<Tx> => {
  const endMessages = createEndMessages(engine, ending);
  return async (tx, plan, from) => {
    const { messages, claimed, upTo } = await endMessages(tx, plan, from);
    await publisher.publishStatuses(messages.map((message) => toOverdueEvent(message, ending.status, plan.now)));
    const counts =
      ending.status === 'UNKNOWN' ? { deadlineUnknown: messages.length } : { deadlineExpired: messages.length };
    return { taken: messages.length, claimed, counts, upTo };
  };
};

/**
 * Creates the slice functions of all phases. They publish before the caller commits: a crash in
 * between repeats events and loses none.
 */
export const createArchivePhases = (
  engine: Engine,
  mapping: ExchangeMapping,
  publisher: EventPublisher,
): Readonly<Record<Phase, TakeSlice<Tx>>> => {
  const pending = forEngine(engine, PENDING_ACKS);
  const settle = forEngine(engine, SETTLE_PORTS);
  const offerAgain = forEngine(engine, OFFER_AGAIN);
  return {
    'end-unanswered': endSlice(engine, END_UNANSWERED, publisher),
    'expire-unhanded': endSlice(engine, EXPIRE_UNHANDED, publisher),
    'move-sent': createMoveSlice(engine, MOVE_SENT),
    'move-undated': createMoveSlice(engine, MOVE_UNDATED),
    'apply-acks': async (tx, plan, from) => {
      const { taken, applied, refused } = await settleEarlyAcks(tx, plan.sliceRows, pending, settle, publisher);
      return { taken, counts: { acksApplied: applied, acksDropped: refused }, upTo: from };
    },
    'drop-acks': async (tx, plan, from) => {
      const acks = await pending.drop(tx, plan.pendingAckBefore, plan.sliceRows);
      await publisher.publishRefusedAcks(acks, {
        reason: 'ACK_UNMATCHED',
        message: 'no inbound message with this receivedId appeared in time',
      });
      return { taken: acks.length, counts: { acksDropped: acks.length }, upTo: from };
    },
    'move-processed': createMoveSlice(engine, MOVE_PROCESSED),
    'offer-again': async (tx, plan, from) => {
      const { received, claimed, upTo } = await offerAgain(tx, plan, from);
      await publisher.publishReceived(received);
      return { taken: received.length, claimed, counts: { receiveOfferedAgain: received.length }, upTo };
    },
    'move-unprocessed': createMoveSlice(engine, MOVE_UNPROCESSED),
    'purge-sent': createPurgeSlice(engine, PURGE_SENT),
    'purge-received': createPurgeSlice(engine, PURGE_RECEIVED),
    'purge-taken': createPurgeTaken(engine, mapping),
  };
};

/** Returns texts about rows that stayed in their live table, one line for each kind of move. */
export const findLeftovers = async (db: Database, plan: ArchivePlan): Promise<readonly string[]> => {
  const lines: string[] = [];
  for (const move of MOVE_RULES) {
    const { rows, examples } = await findHeldBack(db, move, plan);
    if (rows > 0)
      lines.push(
        `HISTORY_HAS_ID: ${rows} row(s) stay in ${move.from}: ${move.to} already holds their ${move.identity[0]} (${examples.join(', ')})`,
      );
  }
  return lines;
};
