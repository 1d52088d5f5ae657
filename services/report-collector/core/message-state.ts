import type { ReportOutcome } from '../../../shared/exchange/exchange-mapping';
import { toGatewayKey } from '../../../shared/ledger/gateway-key';
import { isAnsweredByPart, type Part } from '../../../shared/ledger/part';
import { isFinal, type LedgerStatus, RANK } from '../../../shared/ledger/status';

/**
 * The part of a message that replies of the gateway change. `parts` is filled for messages that are
 * answered part by part or have several gateway ids.
 */
export type MessageState = {
  readonly status: LedgerStatus;
  readonly reason: string | null;
  /** false: the sender requested no delivery report, so SUBMITTED is final. undefined means true */
  readonly needReport?: boolean;
  readonly submitted: boolean;
  readonly gatewayMsgId: string | null;
  readonly gatewayCode: string | null;
  readonly partCount: number;
  readonly partsDone: number;
  readonly parts: readonly Part[];
};

/** One row of RESP or REPORT, reduced to what decides a status. */
export type Answer = { readonly gatewayMsgId: string | null; readonly code: string } & (
  | {
      readonly kind: 'submit';
      readonly ok: boolean;
      /** refused for now: the gateway may still take the message */
      readonly temporary?: boolean;
    }
  | { readonly kind: 'report'; readonly outcome: ReportOutcome }
);

/**
 * Returns the status that a reply alone means. A report that is not final still proves that the
 * gateway has the message.
 */
const statusOf = (answer: Answer): LedgerStatus => {
  if (answer.kind === 'submit') {
    if (answer.ok) return 'SUBMITTED';
    return answer.temporary === true ? 'HANDED' : 'SUBMIT_FAILED';
  }
  return answer.outcome.isFinal ? answer.outcome.status : 'SUBMITTED';
};

/**
 * Returns the status after a reply that means `next`: forward, or unchanged. A gateway that took a
 * message and refuses it later refuses its own repetition. UNKNOWN (no reply came in time) may
 * still become DELIVERED, UNDELIVERED or EXPIRED.
 */
export const nextStatus = (current: LedgerStatus, next: LedgerStatus): LedgerStatus => {
  if (RANK[next] <= RANK[current]) return current;
  if (next === 'SUBMIT_FAILED' && RANK[current] >= RANK.SUBMITTED) return current;
  if (current === 'UNKNOWN' && next !== 'DELIVERED' && next !== 'EXPIRED') return 'UNDELIVERED';
  return next;
};

/**
 * Returns the reason that a reply leaves on a message, in case the message ends without a final
 * reply. null if the reply is final, or open in the ordinary way.
 */
const openReason = (answer: Answer): string | null => {
  if (answer.kind === 'submit') return answer.temporary === true ? 'SUBMIT_NOT_FINAL' : null;
  const { status, pattern } = answer.outcome;
  if (status === 'UNKNOWN' && pattern === undefined) return CODE_UNKNOWN;
  return answer.outcome.isFinal ? null : 'REPORT_NOT_FINAL';
};

/** The reason of a message whose report has a code that no pattern of the exchange file matches. */
const CODE_UNKNOWN = 'REPORT_CODE_UNKNOWN';

const delivered = (parts: readonly Part[]): number => parts.filter((part) => part.status === 'DELIVERED').length;

/**
 * Returns the status of a message of several parts. All parts delivered: DELIVERED. One part not
 * delivered for any cause: UNDELIVERED.
 */
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

/**
 * Returns true if the bridge expects no further reply. A message of several parts with `needReport`
 * false has ended when each part was submitted; a report that comes nevertheless counts.
 */
export const isEnded = (
  state: Pick<MessageState, 'status' | 'needReport' | 'partCount' | 'parts'>,
  perPart: boolean,
): boolean =>
  isFinal(state.status) ||
  (state.status === 'SUBMITTED' &&
    state.needReport === false &&
    (!isAnsweredByPart(state, perPart) || state.parts.length >= state.partCount));

/**
 * Adds the reply's gateway id to the message. With replies per part, the id is that of a part.
 * Otherwise each further id of a submit result finds the message as well.
 */
const learnId = <S extends MessageState>(state: S, answer: Answer, perPart: boolean): S => {
  const own = toGatewayKey(state.gatewayMsgId);
  // First, because nearly every report ends here.
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
    // A message was refused and then taken: the gateway's reports name the second id.
    if (taken && !state.submitted) {
      const refused = { ...other, key: own, gatewayMsgId: state.gatewayMsgId as string };
      return { ...state, gatewayMsgId: id, parts: [...state.parts, refused] };
    }
    return answer.kind === 'report'
      ? state
      : { ...state, parts: [...state.parts, { ...other, key, gatewayMsgId: id }] };
  }
  if (state.partCount > 1) return state;
  // The message was counted as one part, and this is the second.
  const { gatewayCode } = state;
  const status = state.status === 'SUBMIT_FAILED' ? 'SUBMITTED' : state.status;
  const first = { key: own, gatewayMsgId: state.gatewayMsgId as string, partNo: 1, status, gatewayCode };
  return { ...state, partCount: 2, parts: [...state.parts.filter((part) => part.key !== own), first] };
};

/**
 * Returns the status from the parts. It only goes forward, with two corrections that show late: an
 * unexpected further part fails, or all parts are delivered though one was refused at first.
 */
const nextByParts = (current: LedgerStatus, whole: LedgerStatus): LedgerStatus => {
  const corrects =
    (current === 'DELIVERED' && whole === 'UNDELIVERED') || (current === 'UNDELIVERED' && whole === 'DELIVERED');
  return corrects ? whole : nextStatus(current, whole);
};

/**
 * Returns code and reason after a reply. The first code stays until the status moves. A code that
 * leaves the message open is kept with its reason.
 */
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
  // A refusal tells nothing new about a message that was taken.
  if (open && !(answer.kind === 'submit' && state.submitted)) return { gatewayCode: answer.code, reason };
  return { gatewayCode: state.gatewayCode ?? answer.code, reason: state.reason };
};

/**
 * Returns the state of a message after one more reply; the same object if the reply changes
 * nothing. The status never goes backwards, in any order of the replies and with any repetition.
 * Replies that do not contradict each other lead to the same end in every order.
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
  // A part may be refused without an id of its own.
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
