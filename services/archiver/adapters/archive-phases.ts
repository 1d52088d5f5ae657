import type { Query } from '../../shared/database/open-database';
import type { TakeSlice } from '../archive';
import type { ArchivePlan, Phase } from '../core/plan-archive';
import { toEndedEvent } from '../core/to-ended-event';
import type { SettlePorts } from '../settle-acks';
import { createEndMessages, END_UNANSWERED, type Ending, EXPIRE_UNHANDED } from './end-messages';
import {
  createMoveSlice,
  findHeldBack,
  MOVE_PROCESSED,
  MOVE_SENT,
  MOVE_UNDATED,
  MOVE_UNPROCESSED,
  MOVES,
} from './move-slice';
import { offerAgain } from './offer-again';
import { dropPendingAcks } from './pending-acks';
import type { EventPublisher } from './publish-events';
import { purgeReceived, purgeSent } from './purge-history';
import { settleEarlyAcks } from './settle-early-acks';

const endSlice = (ending: Ending, publisher: EventPublisher): TakeSlice<{ readonly query: Query }> => {
  const endMessages = createEndMessages(ending);
  return async ({ query }, plan, from) => {
    const { messages, upTo } = await endMessages(query, plan, from);
    await publisher.publishStatuses(messages.map((message) => toEndedEvent(message, ending.status, plan.now)));
    const counts =
      ending.status === 'UNKNOWN' ? { deadlineUnknown: messages.length } : { deadlineExpired: messages.length };
    return { taken: messages.length, counts, upTo };
  };
};

/** What each phase does, one slice at a time. Published before the caller commits: a crash in between repeats events, it loses none. */
export const createArchivePhases = <Tx extends { readonly query: Query }>(
  publisher: EventPublisher,
  settle: SettlePorts<Tx>,
): Readonly<Record<Phase, TakeSlice<Tx>>> => {
  const move = (kind: (typeof MOVES)[number]): TakeSlice<Tx> => {
    const moveSlice = createMoveSlice(kind);
    return ({ query }, plan, from) => moveSlice(query, plan, from);
  };
  return {
    'end-unanswered': endSlice(END_UNANSWERED, publisher),
    'expire-unhanded': endSlice(EXPIRE_UNHANDED, publisher),
    'move-sent': move(MOVE_SENT),
    'move-undated': move(MOVE_UNDATED),
    'apply-acks': async (tx, plan, from) => {
      const { taken, applied, refused } = await settleEarlyAcks(tx, plan.sliceRows, settle, publisher);
      return { taken, counts: { acksApplied: applied, acksDropped: refused }, upTo: from };
    },
    'drop-acks': async ({ query }, plan, from) => {
      const acks = await dropPendingAcks(query, plan.pendingAckBefore, plan.sliceRows);
      await publisher.publishRefusedAcks(acks, {
        reason: 'ACK_UNMATCHED',
        message: 'no inbound message with this receivedId appeared in time',
      });
      return { taken: acks.length, counts: { acksDropped: acks.length }, upTo: from };
    },
    'move-processed': move(MOVE_PROCESSED),
    'offer-again': async ({ query }, plan, from) => {
      const { received, upTo } = await offerAgain(query, plan, from);
      await publisher.publishReceived(received);
      return { taken: received.length, counts: { receiveOfferedAgain: received.length }, upTo };
    },
    'move-unprocessed': move(MOVE_UNPROCESSED),
    'purge-sent': ({ query }, plan, from) => purgeSent(query, plan, from),
    'purge-received': ({ query }, plan, from) => purgeReceived(query, plan, from),
  };
};

/** Rows that had to stay in their day table, one line for each kind. */
export const findLeftovers = async (query: Query, plan: ArchivePlan): Promise<readonly string[]> => {
  const lines: string[] = [];
  for (const move of MOVES) {
    const { rows, examples } = await findHeldBack(query, move, plan);
    if (rows > 0)
      lines.push(
        `HISTORY_HAS_ID: ${rows} row(s) stay in ${move.from}: ${move.to} already holds their ${move.key} (${examples.join(', ')})`,
      );
  }
  return lines;
};
