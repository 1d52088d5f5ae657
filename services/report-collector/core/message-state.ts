import type { ReportOutcome } from '../../../shared/exchange/exchange-mapping';
import { toGatewayKey } from '../../../shared/ledger/gateway-key';
import { isAnsweredPerSegment, type Segment } from '../../../shared/ledger/segment';
import { isFinal, type LedgerStatus, RANK } from '../../../shared/ledger/status';

/**
 * What replies of the gateway change in a message. `segments` is filled for messages that are
 * answered segment by segment or have several gateway ids.
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
  readonly segments: readonly Segment[];
};

/** One row of RESP or REPORT, reduced to what decides a status. */
export type GatewayReply = { readonly gatewayMsgId: string | null; readonly code: string } & (
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
const statusOf = (reply: GatewayReply): LedgerStatus => {
  if (reply.kind === 'submit') {
    if (reply.ok) return 'SUBMITTED';
    return reply.temporary === true ? 'HANDED' : 'SUBMIT_FAILED';
  }
  return reply.outcome.isFinal ? reply.outcome.status : 'SUBMITTED';
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
const openReason = (reply: GatewayReply): string | null => {
  if (reply.kind === 'submit') return reply.temporary === true ? 'SUBMIT_NOT_FINAL' : null;
  const { status, pattern } = reply.outcome;
  if (status === 'UNKNOWN' && pattern === undefined) return CODE_UNKNOWN;
  return reply.outcome.isFinal ? null : 'REPORT_NOT_FINAL';
};

/** The reason of a message whose report has a code that no pattern of the exchange file matches. */
const CODE_UNKNOWN = 'REPORT_CODE_UNKNOWN';

const delivered = (segments: readonly Segment[]): number =>
  segments.filter((segment) => segment.status === 'DELIVERED').length;

/**
 * Returns the status of a message of several segments. All segments delivered: DELIVERED. One
 * segment not delivered for any cause: UNDELIVERED.
 */
const wholeStatus = (segments: readonly Segment[], partCount: number): LedgerStatus => {
  const ended = segments.filter((segment) => isFinal(segment.status));
  if (ended.some(({ status }) => status !== 'DELIVERED' && status !== 'UNKNOWN')) return 'UNDELIVERED';
  if (delivered(segments) >= partCount) return 'DELIVERED';
  return ended.length >= partCount ? 'UNKNOWN' : 'SUBMITTED';
};

const isSegment = ({ segmentNo }: Segment): boolean => segmentNo > 0;

const withSegment = (
  segments: readonly Segment[],
  key: string,
  id: string,
  reply: GatewayReply,
): readonly Segment[] => {
  const known = segments.find((segment) => segment.key === key);
  const before = known ?? {
    key,
    gatewayMsgId: id,
    segmentNo: segments.filter(isSegment).length + 1,
    status: 'HANDED' as const,
    gatewayCode: null,
  };
  const status = nextStatus(before.status, statusOf(reply));
  if (known !== undefined && status === known.status) return segments;
  const segment = { ...before, status, gatewayCode: reply.code };
  return known === undefined ? [...segments, segment] : segments.map((other) => (other === known ? segment : other));
};

/**
 * Returns true if the bridge expects no further reply. A message of several segments with
 * `needReport` false has ended when each segment was submitted; a report that comes nevertheless
 * counts.
 */
export const isEnded = (
  state: Pick<MessageState, 'status' | 'needReport' | 'partCount' | 'segments'>,
  perSegment: boolean,
): boolean =>
  isFinal(state.status) ||
  (state.status === 'SUBMITTED' &&
    state.needReport === false &&
    (!isAnsweredPerSegment(state, perSegment) || state.segments.length >= state.partCount));

/**
 * Adds the reply's gateway id to the message. With replies per segment, the id is that of a
 * segment. Otherwise each further id of a submit result finds the message as well.
 */
const addGatewayId = <S extends MessageState>(state: S, reply: GatewayReply, perSegment: boolean): S => {
  const own = toGatewayKey(state.gatewayMsgId);
  // First, because nearly every report ends here.
  if (reply.kind === 'report' && !perSegment && own !== null && state.submitted) return state;
  const key = toGatewayKey(reply.gatewayMsgId);
  const id = reply.gatewayMsgId as string;
  if (key === null || key === own) return state;
  if (own === null) return { ...state, gatewayMsgId: id };
  const bySegment = isAnsweredPerSegment(state, perSegment);
  if (!bySegment && state.segments.some((segment) => segment.key === key)) return state;
  const other = { status: 'SUBMITTED' as const, gatewayCode: reply.code, segmentNo: 0 };
  const taken = reply.kind === 'report' || reply.ok;
  if (!bySegment && !(perSegment && taken && state.submitted)) {
    // A message was refused and then taken: the gateway's reports name the second id.
    if (taken && !state.submitted) {
      const refused = { ...other, key: own, gatewayMsgId: state.gatewayMsgId as string };
      return { ...state, gatewayMsgId: id, segments: [...state.segments, refused] };
    }
    return reply.kind === 'report'
      ? state
      : { ...state, segments: [...state.segments, { ...other, key, gatewayMsgId: id }] };
  }
  if (state.partCount > 1) return state;
  // The message was counted as one segment, and this is the second.
  const { gatewayCode } = state;
  const status = state.status === 'SUBMIT_FAILED' ? 'SUBMITTED' : state.status;
  const first = { key: own, gatewayMsgId: state.gatewayMsgId as string, segmentNo: 1, status, gatewayCode };
  return { ...state, partCount: 2, segments: [...state.segments.filter((segment) => segment.key !== own), first] };
};

/**
 * Returns the status from the segments. It only goes forward, with two corrections that show late:
 * an unexpected further segment fails, or all segments are delivered though one was refused at
 * first.
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
const toCodeAndReason = (
  state: MessageState,
  reply: GatewayReply,
  status: LedgerStatus,
): Pick<MessageState, 'gatewayCode' | 'reason'> => {
  const reason = openReason(reply);
  if (status !== state.status) return { gatewayCode: reply.code, reason };
  const open =
    reason !== null &&
    (!isFinal(status) || status === 'UNKNOWN') &&
    (state.reason !== CODE_UNKNOWN || reason === CODE_UNKNOWN);
  // A refusal tells nothing new about a message that was taken.
  if (open && !(reply.kind === 'submit' && state.submitted)) return { gatewayCode: reply.code, reason };
  return { gatewayCode: state.gatewayCode ?? reply.code, reason: state.reason };
};

/**
 * Returns the state of a message after one more reply; the same object if the reply changes
 * nothing. The status never goes backwards, in any order of the replies and with any repetition.
 * Replies that do not contradict each other lead to the same end in every order.
 */
export const applyReply = <S extends MessageState>(before: S, reply: GatewayReply, perSegment: boolean): S => {
  const state = addGatewayId(before, reply, perSegment);
  const bySegment = isAnsweredPerSegment(state, perSegment);
  const refusedForNow = reply.kind === 'submit' && reply.temporary === true;
  const key = bySegment && !refusedForNow ? toGatewayKey(reply.gatewayMsgId) : null;
  const segments =
    key === null ? state.segments : withSegment(state.segments, key, reply.gatewayMsgId as string, reply);
  const numbered = bySegment ? segments.filter(isSegment) : [];
  const partCount = Math.max(state.partCount, numbered.length);
  const said = statusOf(reply);
  // A segment may be refused without an id of its own.
  const whole = bySegment && said === 'SUBMIT_FAILED' ? 'UNDELIVERED' : said;
  const status =
    key === null ? nextStatus(state.status, whole) : nextByParts(state.status, wholeStatus(numbered, partCount));
  const submitted = state.submitted || reply.kind === 'report' || reply.ok;
  const { gatewayCode, reason } = toCodeAndReason(state, reply, status);
  const moved = status !== state.status || submitted !== state.submitted || partCount !== state.partCount;
  const named = gatewayCode !== state.gatewayCode || reason !== state.reason || segments !== state.segments;
  if (!moved && !named) return state;
  const all = status !== state.status && status === 'DELIVERED' ? partCount : state.partsDone;
  return {
    ...state,
    status,
    reason,
    submitted,
    gatewayCode,
    partCount,
    segments,
    partsDone: bySegment ? delivered(numbered) : all,
  };
};
