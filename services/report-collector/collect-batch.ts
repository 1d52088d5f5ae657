import type { SmsReceived, SmsStatus } from '../../shared/avro/records';
import { type CollectPlan, planAroundUnreadable, planSetAside } from './core/collect-plan';
import type { ExchangeRow } from './core/exchange-rows';
import type { RowProblem } from './core/row-problems';

/** Where rows come from: the three exchange tables, and reports that wait for their message. */
export const SOURCES = ['resp', 'report', 'recv', 'wait'] as const;
export type SourceName = (typeof SOURCES)[number];

/** The places between two effects of a batch, in their order. */
const STEPS = ['after-claim', 'after-plan', 'after-publish', 'after-settle', 'after-commit'] as const;

/** All crash points of the collector: `collector.<source>.<step>`. A kill at any of them loses nothing; at most events are repeated with their eventId. */
export const COLLECT_STEPS: readonly string[] = SOURCES.flatMap((source) =>
  STEPS.map((step) => `collector.${source}.${step}`),
);

/**
 * The next rows of a source in its order, or certain ones (those of them that are still there). Rows that others hold are skipped. `careful`: one of the
 * next rows cannot be read; it comes with the reason, and its neighbours as always.
 */
export type Selection = { readonly limit: number; readonly careful?: true } | { readonly ids: readonly string[] };

/** One source: how its rows are claimed, what becomes of them, and what that writes. `Tx` is the transaction in which all of it happens. */
export type Source<Tx, Row extends ExchangeRow> = {
  readonly name: SourceName;
  /** Deletes rows and returns them: the row locks are the claim, and a rollback brings the rows back. */
  readonly claim: (tx: Tx, selection: Selection) => Promise<readonly Row[]>;
  /** Looks up and locks what the rows are about, and plans. */
  readonly plan: (tx: Tx, rows: readonly Row[], now: number) => Promise<CollectPlan>;
  readonly settle: (tx: Tx, plan: CollectPlan, now: number) => Promise<void>;
};

export type CollectPorts<Tx> = {
  readonly inTransaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /** Resolves when everything is acknowledged by all in-sync replicas. */
  readonly publish: (
    source: SourceName,
    plan: { readonly statuses: readonly SmsStatus[]; readonly received: readonly SmsReceived[] } & Pick<
      CollectPlan,
      'letters'
    >,
  ) => Promise<void>;
  readonly now: () => number;
  readonly crashPoint: (step: string) => void;
};

export type Collected = { readonly rows: number } & Pick<CollectPlan, 'outcomes' | 'unknownCodes'>;

/**
 * Collects one batch (guarantee G2). The order of effects is the guarantee: claim → look up, lock and plan → publish → settle → commit. The rows go
 * only with the commit, which comes after Kafka's acknowledgement; a crash anywhere before it brings them back, and their events have the same eventId.
 * @param options.onClaimed hears the ids of the rows as soon as they are claimed
 * @param options.poison when given, every row is set aside for this reason
 * @throws whatever a port throws; then nothing of the batch happened but, perhaps, published events
 */
export const collectBatch = async <Tx, Row extends ExchangeRow>(
  source: Source<Tx, Row>,
  selection: Selection,
  ports: CollectPorts<Tx>,
  options: { readonly onClaimed?: (ids: readonly string[]) => void; readonly poison?: RowProblem } = {},
): Promise<Collected> => {
  const pass = (step: (typeof STEPS)[number]) => ports.crashPoint(`collector.${source.name}.${step}`);
  const collected = await ports.inTransaction(async (tx) => {
    const rows = await source.claim(tx, selection);
    options.onClaimed?.(rows.map(({ id }) => id));
    if (rows.length === 0) return { rows: 0, outcomes: {} };
    pass('after-claim');
    const now = ports.now();
    const plan =
      options.poison === undefined
        ? await planAroundUnreadable(rows, (readable) => source.plan(tx, readable, now))
        : planSetAside(rows, options.poison);
    pass('after-plan');
    if (plan.statuses.length + plan.received.length + plan.letters.length > 0) await ports.publish(source.name, plan);
    pass('after-publish');
    await source.settle(tx, plan, now);
    pass('after-settle');
    const { outcomes, unknownCodes = [] } = plan;
    return unknownCodes.length === 0 ? { rows: rows.length, outcomes } : { rows: rows.length, outcomes, unknownCodes };
  });
  if (collected.rows > 0) pass('after-commit');
  return collected;
};
