import type { ReportOutcome } from '../../../shared/exchange/exchange-names';
import { toGatewayKey } from '../../../shared/ledger/gateway-key';
import { isAnsweredByPart, type Part } from '../../../shared/ledger/part';
import { isFinal, type LedgerStatus, RANK } from '../../../shared/ledger/status';

/** What the answers of the gateway change of a message. `parts` are known of messages that are answered part by part or have several ids. */
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
  | {
      readonly kind: 'submit';
      readonly ok: boolean;
      /** refused for now: the gateway may still take it */
      readonly temporary?: boolean;
    }
  | { readonly kind: 'report'; readonly outcome: ReportOutcome }
);

/** What the answer alone says. A report that is not final still proves that the gateway has the message. */
const statusOf = (answer: Answer): LedgerStatus => {
  if (answer.kind === 'submit') {
    if (answer.ok) return 'SUBMITTED';
    return answer.temporary === true ? 'HANDED' : 'SUBMIT_FAILED';
  }
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

/** Why a message that nothing final is said about may end without an answer; null: the answer is final, or what everybody expects. */
const openReason = (answer: Answer): string | null => {
  if (answer.kind === 'submit') return answer.temporary === true ? 'SUBMIT_NOT_FINAL' : null;
  const { status, pattern } = answer.outcome;
  if (status === 'UNKNOWN' && pattern === undefined) return CODE_UNKNOWN;
  return answer.outcome.isFinal ? null : 'REPORT_NOT_FINAL';
};

/** The reason of a message of which a report came whose code is in no pattern of the exchange file. */
const CODE_UNKNOWN = 'REPORT_CODE_UNKNOWN';

const delivered = (parts: readonly Part[]): number => parts.filter((part) => part.status === 'DELIVERED').length;

/** A message of several parts: delivered when all are, not delivered when one is not, whatever stopped that one. */
const wholeStatus = (parts: readonly Part[], partCount: number): LedgerStatus => {
  const ended = parts.filter((part) => isFinal(part.status));
  if (ended.some(({ status }) => status !== 'DELIVERED' && status !== 'UNKNOWN')) return 'UNDELIVERED';
  if (delivered(parts) >= partCount) return 'DELIVERED';
  return ended.length >= partCount ? 'UNKNOWN' : 'SUBMITTED';
};

const isPart = ({ partNo }: Part): boolean => partNo > 0;

const withPart = (parts: readonly Part[], key: string, id: string, answer: Answer): readonly Part[] => {
  const known = parts.find((part) => part.key === key);
  const before = known ?? {
    key,
    gatewayMsgId: id,
    partNo: parts.filter(isPart).length + 1,
    status: 'HANDED' as const,
    gatewayCode: null,
  };
  const status = nextStatus(before.status, statusOf(answer));
  if (known !== undefined && status === known.status) return parts;
  const part = { ...before, status, gatewayCode: answer.code };
  return known === undefined ? [...parts, part] : parts.map((other) => (other === known ? part : other));
};

/** True when nothing more is waited for. A message of parts that wants no report has ended when each of them was submitted; a report that comes all the same counts. */
export const isEnded = (
  state: Pick<MessageState, 'status' | 'needReport' | 'partCount' | 'parts'>,
  perPart: boolean,
): boolean =>
  isFinal(state.status) ||
  (state.status === 'SUBMITTED' &&
    state.needReport === false &&
    (!isAnsweredByPart(state, perPart) || state.parts.length >= state.partCount));

/** The ids of a message, with that of the answer: a part is one of several, and every other id a submit result gave finds the message as well. */
const learnId = <S extends MessageState>(state: S, answer: Answer, perPart: boolean): S => {
  const own = toGatewayKey(state.gatewayMsgId);
  // nearly every report, so before anything else
  if (answer.kind === 'report' && !perPart && own !== null && state.submitted) return state;
  const key = toGatewayKey(answer.gatewayMsgId);
  const id = answer.gatewayMsgId as string;
  if (key === null || key === own) return state;
  if (own === null) return { ...state, gatewayMsgId: id };
  const byPart = isAnsweredByPart(state, perPart);
  if (!byPart && state.parts.some((part) => part.key === key)) return state;
  const other = { status: 'SUBMITTED' as const, gatewayCode: answer.code, partNo: 0 };
  const taken = answer.kind === 'report' || answer.ok;
  if (!byPart && !(perPart && taken && state.submitted)) {
    // of a message that was refused and then taken, the second id is the one that is reported about
    if (taken && !state.submitted) {
      const refused = { ...other, key: own, gatewayMsgId: state.gatewayMsgId as string };
      return { ...state, gatewayMsgId: id, parts: [...state.parts, refused] };
    }
    return answer.kind === 'report'
      ? state
      : { ...state, parts: [...state.parts, { ...other, key, gatewayMsgId: id }] };
  }
  if (state.partCount > 1) return state;
  // one part was reckoned with, and here is the second
  const { gatewayCode } = state;
  const status = state.status === 'SUBMIT_FAILED' ? 'SUBMITTED' : state.status;
  const first = { key: own, gatewayMsgId: state.gatewayMsgId as string, partNo: 1, status, gatewayCode };
  return { ...state, partCount: 2, parts: [...state.parts.filter((part) => part.key !== own), first] };
};

/**
 * What the parts say goes forward like everything else, but for two things that show only in the end: a part that nobody had reckoned with fails, or
 * all of them are delivered though one was refused at first.
 */
const nextByParts = (current: LedgerStatus, whole: LedgerStatus): LedgerStatus => {
  const corrects =
    (current === 'DELIVERED' && whole === 'UNDELIVERED') || (current === 'UNDELIVERED' && whole === 'DELIVERED');
  return corrects ? whole : nextStatus(current, whole);
};

/** Code and reason after an answer: the first code stays until something moves, but one that leaves the message open is kept with its reason. */
const saidOf = (
  state: MessageState,
  answer: Answer,
  status: LedgerStatus,
): Pick<MessageState, 'gatewayCode' | 'reason'> => {
  const reason = openReason(answer);
  if (status !== state.status) return { gatewayCode: answer.code, reason };
  const open =
    reason !== null &&
    (!isFinal(status) || status === 'UNKNOWN') &&
    (state.reason !== CODE_UNKNOWN || reason === CODE_UNKNOWN);
  // a refusal says nothing new of a message that was taken
  if (open && !(answer.kind === 'submit' && state.submitted)) return { gatewayCode: answer.code, reason };
  return { gatewayCode: state.gatewayCode ?? answer.code, reason: state.reason };
};

/**
 * The state of a message after one more answer; the very same object when the answer changes nothing. Whatever the order of the answers, and however
 * often each comes, the status never goes backwards; when they do not contradict each other it ends the same.
 */
export const applyAnswer = <S extends MessageState>(before: S, answer: Answer, perPart: boolean): S => {
  const state = learnId(before, answer, perPart);
  const byPart = isAnsweredByPart(state, perPart);
  const refusedForNow = answer.kind === 'submit' && answer.temporary === true;
  const key = byPart && !refusedForNow ? toGatewayKey(answer.gatewayMsgId) : null;
  const parts = key === null ? state.parts : withPart(state.parts, key, answer.gatewayMsgId as string, answer);
  const numbered = byPart ? parts.filter(isPart) : [];
  const partCount = Math.max(state.partCount, numbered.length);
  const said = statusOf(answer);
  // a part that was refused without getting an id of its own
  const whole = byPart && said === 'SUBMIT_FAILED' ? 'UNDELIVERED' : said;
  const status =
    key === null ? nextStatus(state.status, whole) : nextByParts(state.status, wholeStatus(numbered, partCount));
  const submitted = state.submitted || answer.kind === 'report' || answer.ok;
  const { gatewayCode, reason } = saidOf(state, answer, status);
  const moved = status !== state.status || submitted !== state.submitted || partCount !== state.partCount;
  const named = gatewayCode !== state.gatewayCode || reason !== state.reason || parts !== state.parts;
  if (!moved && !named) return state;
  const all = status !== state.status && status === 'DELIVERED' ? partCount : state.partsDone;
  return {
    ...state,
    status,
    reason,
    submitted,
    gatewayCode,
    partCount,
    parts,
    partsDone: byPart ? delivered(numbered) : all,
  };
};
