import type { SmsReceived, SmsStatus } from '../../shared/avro/records';
import { type CollectPlan, planAroundUnreadable, planSetAside } from './core/collect-plan';
import type { ExchangeRow } from './core/exchange-rows';
import type { RowProblem } from './core/row-problems';

/** The tables that rows come from: three of the exchange, and the waiting reports. */
export const INBOUND_TABLES = ['resp', 'report', 'recv', 'wait'] as const;
export type InboundTableName = (typeof INBOUND_TABLES)[number];

/** The places between two effects of a batch, in their order. */
const STEPS = ['after-claim', 'after-plan', 'after-publish', 'after-settle', 'after-commit'] as const;

/**
 * All crash points of the collector: `collector.<table>.<step>`. A kill at any of them loses
 * nothing. It can only repeat events, with the same eventId.
 */
export const COLLECT_STEPS: readonly string[] = INBOUND_TABLES.flatMap((table) =>
  STEPS.map((step) => `collector.${table}.${step}`),
);

/**
 * The next rows of a table in its order, or the rows with these ids that still exist. Rows that
 * another transaction holds are skipped. `careful`: one of the next rows cannot be read; it is
 * returned with the reason, its neighbours as usual.
 */
export type Selection = { readonly limit: number; readonly careful?: true } | { readonly ids: readonly string[] };

/**
 * One table: its claim, its plan, and the writes of that plan. All of it happens in the
 * transaction `Tx`.
 */
export type InboundTable<Tx, Row extends ExchangeRow> = {
  readonly name: InboundTableName;
  /**
   * Deletes rows and returns them. The row locks are the claim; a rollback brings the rows back.
   */
  readonly claim: (tx: Tx, selection: Selection) => Promise<readonly Row[]>;
  /** Looks up and locks the messages of the rows, and plans. */
  readonly plan: (tx: Tx, rows: readonly Row[], now: number) => Promise<CollectPlan>;
  readonly settle: (tx: Tx, plan: CollectPlan, now: number) => Promise<void>;
};

export type CollectPorts<Tx> = {
  readonly inTransaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /** Resolves when all in-sync replicas have acknowledged everything. */
  readonly publish: (
    table: InboundTableName,
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
 * Collects one batch (guarantee G2). The order of effects is the guarantee: claim → look up, lock
 * and plan → publish → settle → commit. The rows go with the commit, which comes after Kafka's
 * acknowledgement. A crash before the commit brings them back, and their events have the same
 * eventId.
 * @param options.onClaimed gets the ids of the rows as soon as they are claimed
 * @param options.poison if given, sets every row aside for this reason
 * @throws any error of a port; then the batch had no effect except, perhaps, published events
 */
export const collectBatch = async <Tx, Row extends ExchangeRow>(
  table: InboundTable<Tx, Row>,
  selection: Selection,
  ports: CollectPorts<Tx>,
  options: { readonly onClaimed?: (ids: readonly string[]) => void; readonly poison?: RowProblem } = {},
): Promise<Collected> => {
  const pass = (step: (typeof STEPS)[number]) => ports.crashPoint(`collector.${table.name}.${step}`);
  const collected = await ports.inTransaction(async (tx) => {
    const rows = await table.claim(tx, selection);
    options.onClaimed?.(rows.map(({ id }) => id));
    if (rows.length === 0) return { rows: 0, outcomes: {} };
    pass('after-claim');
    const now = ports.now();
    const plan =
      options.poison === undefined
        ? await planAroundUnreadable(rows, (readable) => table.plan(tx, readable, now))
        : planSetAside(rows, options.poison);
    pass('after-plan');
    if (plan.statuses.length + plan.received.length + plan.letters.length > 0) await ports.publish(table.name, plan);
    pass('after-publish');
    await table.settle(tx, plan, now);
    pass('after-settle');
    const { outcomes, unknownCodes = [] } = plan;
    return unknownCodes.length === 0 ? { rows: rows.length, outcomes } : { rows: rows.length, outcomes, unknownCodes };
  });
  if (collected.rows > 0) pass('after-commit');
  return collected;
};
