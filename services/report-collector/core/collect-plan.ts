import type { SmsReceived, SmsStatus } from '../../../shared/avro/records';
import type { Part } from '../../../shared/ledger/part';
import type { ExchangeRow } from './exchange-rows';
import type { MessageState } from './message-state';
import type { RowProblem } from './row-problems';

/** A message as the ledger has it: today's table, or the history when the archiver has moved it. */
export type LedgerMessage = MessageState & {
  /** the province's name for it; what identifies it here */
  readonly msgId: string;
  readonly messageId: string;
  readonly appId: string;
  readonly destAddr: string;
  readonly context: string | null;
  readonly place: 'day' | 'history';
  /** when it was submitted, or handed over (epoch ms): of two messages with one gateway id the newer one is meant */
  readonly sentMs: number | null;
  /** when it was handed over (epoch ms), where that was looked up */
  readonly handedMs?: number | null;
};

/** A message to be written as it is now. `submittedNow` and `finalNow`: this batch brought it there. */
export type Settlement = {
  readonly message: LedgerMessage;
  readonly submittedNow: boolean;
  readonly finalNow: boolean;
  readonly said: GatewayWords;
};

/** What the gateway itself says of a message (epoch ms); null: nothing, or what the ledger has stays. */
export type GatewayWords = {
  readonly submittedMs: number | null;
  readonly doneMs: number | null;
  /** beside the code that the message has */
  readonly message: string | null;
};

export type SettledPart = Part & { readonly msgId: string; readonly destAddr?: string };

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
  /** it was published as unmatched, and is remembered in case its message turns up */
  readonly told?: boolean;
};

/** A row that cannot be used, as it came. */
export type RowLetter = RowProblem & { readonly row: ExchangeRow };

/** Everything that comes of a batch of rows: each row is in exactly one of `statuses`, `received`, `waiting`, `letters`. */
export type CollectPlan = {
  readonly statuses: readonly SmsStatus[];
  readonly received: readonly SmsReceived[];
  readonly waiting: readonly WaitingReport[];
  readonly letters: readonly RowLetter[];
  readonly settlements: readonly Settlement[];
  readonly parts: readonly SettledPart[];
  /** codes of reports that the exchange file knows nothing of, each once */
  readonly unknownCodes?: readonly string[];
  /** rows by what became of them, for logs and metrics */
  readonly outcomes: Readonly<Record<string, number>>;
};

export const EMPTY_PLAN: CollectPlan = {
  statuses: [],
  received: [],
  waiting: [],
  letters: [],
  settlements: [],
  parts: [],
  outcomes: {},
};

/** Counts by name. */
export const createTally = () => {
  const counts: Record<string, number> = {};
  return {
    add: (name: string): void => {
      counts[name] = (counts[name] ?? 0) + 1;
    },
    counts: counts as Readonly<Record<string, number>>,
  };
};

/** The plan of rows that are set aside, all for one reason. */
export const planSetAside = (rows: readonly ExchangeRow[], problem: RowProblem): CollectPlan => ({
  ...EMPTY_PLAN,
  letters: rows.map((row) => ({ row, ...problem })),
  outcomes: { set_aside: rows.length },
});

/** The plan of the rows that could be read, with a letter for each of the others. */
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
