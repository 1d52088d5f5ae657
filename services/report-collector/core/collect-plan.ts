import type { SmsReceived, SmsStatus } from '../../../shared/avro/records';
import type { Segment } from '../../../shared/ledger/segment';
import type { ExchangeRow } from './exchange-rows';
import type { MessageState } from './message-state';
import type { RowProblem } from './row-problems';

/**
 * A message as the ledger holds it: in the live table, or in the history after the archiver moved
 * it.
 */
export type LedgerMessage = MessageState & {
  /** identifies the message towards the province, and here */
  readonly msgId: string;
  readonly messageId: string;
  readonly appId: string;
  readonly destAddr: string;
  readonly context: string | null;
  readonly table: 'live' | 'history';
  /**
   * time of submission, else of the hand-over (epoch ms). Of two messages with one gateway id, a
   * report belongs to the newer one
   */
  readonly sentMs: number | null;
  /** time of the hand-over (epoch ms), where the look-up reads it */
  readonly handedMs?: number | null;
};

/**
 * A message with its new state. `submittedNow` and `finalNow` are true when this batch brought it
 * to that state.
 */
export type Settlement = {
  readonly message: LedgerMessage;
  readonly submittedNow: boolean;
  readonly finalNow: boolean;
  readonly reported: ReportedDetails;
};

/**
 * What the gateway itself reported about a message (times in epoch ms). null keeps the ledger's
 * value.
 */
export type ReportedDetails = {
  readonly submittedMs: number | null;
  readonly doneMs: number | null;
  /** the remark beside the message's code */
  readonly message: string | null;
};

export type SettledSegment = Segment & { readonly msgId: string; readonly destAddr?: string };

/** A report whose message is not known yet. */
export type WaitingReport = {
  readonly eventId: string;
  readonly sourceSeq: string;
  readonly gatewayMsgId: string | null;
  readonly msgId: string | null;
  readonly destAddr: string | null;
  readonly stat: string | null;
  readonly errCode: string | null;
  readonly submitMs: number | null;
  readonly doneMs: number | null;
  readonly firstSeenMs: number;
  readonly nextTryMs: number;
  readonly tries: number;
  /**
   * true after the report was published as unmatched. It is remembered in case its message turns up
   */
  readonly told?: boolean;
};

/** A row that cannot be used, with its values as they came. */
export type RowLetter = RowProblem & { readonly row: ExchangeRow };

/**
 * The result of planning a batch of rows. Each row is in exactly one of `statuses`, `received`,
 * `waiting` and `letters`.
 */
export type CollectPlan = {
  readonly statuses: readonly SmsStatus[];
  readonly received: readonly SmsReceived[];
  readonly waiting: readonly WaitingReport[];
  readonly letters: readonly RowLetter[];
  readonly settlements: readonly Settlement[];
  readonly segments: readonly SettledSegment[];
  /** codes of reports that no pattern of the exchange file matches, each once */
  readonly unknownCodes?: readonly string[];
  /** number of rows by outcome, for logs and metrics */
  readonly outcomes: Readonly<Record<string, number>>;
};

export const EMPTY_PLAN: CollectPlan = {
  statuses: [],
  received: [],
  waiting: [],
  letters: [],
  settlements: [],
  segments: [],
  outcomes: {},
};

/** Returns a tally that counts by name. */
export const createTally = () => {
  const counts: Record<string, number> = {};
  return {
    add: (name: string): void => {
      counts[name] = (counts[name] ?? 0) + 1;
    },
    counts: counts as Readonly<Record<string, number>>,
  };
};

/** Returns the plan that sets all rows aside for one reason. */
export const planSetAside = (rows: readonly ExchangeRow[], problem: RowProblem): CollectPlan => ({
  ...EMPTY_PLAN,
  letters: rows.map((row) => ({ row, ...problem })),
  outcomes: { set_aside: rows.length },
});

/** Plans the readable rows and adds a dead letter for each unreadable one. */
export const planAroundUnreadable = async <Row extends ExchangeRow>(
  rows: readonly Row[],
  plan: (readable: readonly Row[]) => Promise<CollectPlan>,
): Promise<CollectPlan> => {
  const unreadable = rows.flatMap((row): RowLetter[] =>
    row.unreadable === undefined ? [] : [{ row, ...row.unreadable }],
  );
  if (unreadable.length === 0) return plan(rows);
  const planned = await plan(rows.filter((row) => row.unreadable === undefined));
  const setAside = (planned.outcomes.set_aside ?? 0) + unreadable.length;
  return {
    ...planned,
    letters: [...planned.letters, ...unreadable],
    outcomes: { ...planned.outcomes, set_aside: setAside },
  };
};
