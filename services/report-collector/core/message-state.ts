import type { ReportOutcome } from '../../shared/exchange/exchange-names';
import { toGatewayKey } from './gateway-key';

export type LedgerStatus =
  | 'NEW'
  | 'QUEUED'
  | 'SCHEDULED'
  | 'HANDED'
  | 'SUBMITTED'
  | 'UNKNOWN'
  | 'SUBMIT_FAILED'
  | 'DELIVERED'
  | 'UNDELIVERED'
  | 'EXPIRED'
  | 'REJECTED'
  | 'CANCELLED';

/** How far a message is. Nothing ever lowers it; of equal rank the first stays. From UNKNOWN on it is final. */
export const RANK: Readonly<Record<LedgerStatus, number>> = {
  NEW: 0,
  QUEUED: 1,
  SCHEDULED: 2,
  HANDED: 3,
  SUBMITTED: 4,
  UNKNOWN: 5,
  SUBMIT_FAILED: 6,
  DELIVERED: 6,
  UNDELIVERED: 6,
  EXPIRED: 6,
  REJECTED: 6,
  CANCELLED: 6,
};

export const isFinal = (status: LedgerStatus): boolean => RANK[status] >= RANK.UNKNOWN;

/** A part of a message that the gateway answers part by part, known by the gateway's id. `partNo` counts them as they became known. */
export type Part = {
  readonly key: string;
  readonly gatewayMsgId: string;
  readonly partNo: number;
  readonly status: LedgerStatus;
  readonly gatewayCode: string | null;
};

/** What the answers of the gateway change of a message. `parts` are known only of messages that are answered part by part. */
export type MessageState = {
  readonly status: LedgerStatus;
  readonly reason: string | null;
  /** false: nobody wants a delivery report, so SUBMITTED is the end; if it is not said, one is wanted */
  readonly needReport?: boolean;
  readonly submitted: boolean;
  readonly gatewayMsgId: string | null;
  readonly gatewayCode: string | null;
  readonly partCount: number;
  readonly partsDone: number;
  readonly parts: readonly Part[];
};

/** One row of RESP or REPORT, as far as it decides something. */
export type Answer = { readonly gatewayMsgId: string | null; readonly code: string } & (
  | { readonly kind: 'submit'; readonly ok: boolean }
  | { readonly kind: 'report'; readonly outcome: ReportOutcome }
);

/** What the answer alone says. A report that is not final still proves that the gateway has the message. */
const statusOf = (answer: Answer): LedgerStatus => {
  if (answer.kind === 'submit') return answer.ok ? 'SUBMITTED' : 'SUBMIT_FAILED';
  return answer.outcome.isFinal ? answer.outcome.status : 'SUBMITTED';
};

/**
 * The status after an answer that says `to`: forward or not at all. A gateway that took the message and refuses it later refuses a repetition of
 * its own; UNKNOWN (nobody answered in time) may still turn out to be delivered, not delivered or expired.
 */
export const nextStatus = (current: LedgerStatus, to: LedgerStatus): LedgerStatus => {
  if (RANK[to] <= RANK[current]) return current;
  if (to === 'SUBMIT_FAILED' && RANK[current] >= RANK.SUBMITTED) return current;
  if (current === 'UNKNOWN' && to !== 'DELIVERED' && to !== 'EXPIRED') return 'UNDELIVERED';
  return to;
};

const delivered = (parts: readonly Part[]): number => parts.filter((part) => part.status === 'DELIVERED').length;

/** A message of several parts: delivered when all are, not delivered when one is not, whatever stopped that one. */
const wholeStatus = (parts: readonly Part[], partCount: number): LedgerStatus => {
  const ended = parts.filter((part) => isFinal(part.status));
  if (ended.some(({ status }) => status !== 'DELIVERED' && status !== 'UNKNOWN')) return 'UNDELIVERED';
  if (delivered(parts) >= partCount) return 'DELIVERED';
  return ended.length >= partCount ? 'UNKNOWN' : 'SUBMITTED';
};

const withPart = (parts: readonly Part[], key: string, id: string, answer: Answer): readonly Part[] => {
  const known = parts.find((part) => part.key === key);
  const before = known ?? {
    key,
    gatewayMsgId: id,
    partNo: parts.length + 1,
    status: 'HANDED' as const,
    gatewayCode: null,
  };
  const status = nextStatus(before.status, statusOf(answer));
  if (known !== undefined && status === known.status) return parts;
  const part = { ...before, status, gatewayCode: answer.code };
  return known === undefined ? [...parts, part] : parts.map((other) => (other === known ? part : other));
};

/** True when the gateway answers this message part by part. */
export const isAnsweredByPart = (message: Pick<MessageState, 'partCount'>, perPart: boolean): boolean =>
  perPart && message.partCount > 1;

/** True when nothing more is waited for. A message of parts that wants no report has ended when each of them was submitted; a report that comes all the same counts. */
export const isEnded = (
  state: Pick<MessageState, 'status' | 'needReport' | 'partCount' | 'parts'>,
  perPart: boolean,
): boolean =>
  isFinal(state.status) ||
  (state.status === 'SUBMITTED' &&
    state.needReport === false &&
    (!isAnsweredByPart(state, perPart) || state.parts.length >= state.partCount));

/**
 * The state of a message after one more answer; the very same object when the answer changes nothing. Whatever the order of the answers, and however
 * often each comes, the status never goes backwards; when they do not contradict each other it ends the same.
 */
export const applyAnswer = <S extends MessageState>(state: S, answer: Answer, perPart: boolean): S => {
  const byPart = isAnsweredByPart(state, perPart);
  const key = byPart ? toGatewayKey(answer.gatewayMsgId) : null;
  const parts = key === null ? state.parts : withPart(state.parts, key, answer.gatewayMsgId as string, answer);
  let said = statusOf(answer);
  if (key !== null) said = wholeStatus(parts, state.partCount);
  // a part that was refused without getting an id of its own
  else if (byPart && said === 'SUBMIT_FAILED') said = 'UNDELIVERED';
  const status = nextStatus(state.status, said);
  const moved = status !== state.status;
  const submitted = state.submitted || answer.kind === 'report' || answer.ok;
  const gatewayMsgId = state.gatewayMsgId ?? answer.gatewayMsgId;
  const named = submitted !== state.submitted || gatewayMsgId !== state.gatewayMsgId || state.gatewayCode === null;
  if (!moved && !named && parts === state.parts) return state;
  const whole = moved && status === 'DELIVERED' ? state.partCount : state.partsDone;
  return {
    ...state,
    status,
    reason: moved ? null : state.reason,
    submitted,
    gatewayMsgId,
    gatewayCode: moved || state.gatewayCode === null ? answer.code : state.gatewayCode,
    parts,
    partsDone: byPart ? delivered(parts) : whole,
  };
};
