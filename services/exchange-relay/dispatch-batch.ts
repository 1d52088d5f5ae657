import type { SmsStatus } from '../../shared/avro/records';
import { toTerminalEvent } from '../../shared/ledger/terminal-event';

export type DispatchPorts<Tx> = {
  readonly inTransaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  readonly dispatchDue: (
    tx: Tx,
    limit: number,
    now: number,
  ) => Promise<{
    readonly handed: number;
    readonly expired: readonly {
      readonly messageId: string;
      readonly appId: string;
      readonly destAddr: string;
      readonly context: string | null;
    }[];
  }>;
  readonly publish: (statuses: readonly SmsStatus[]) => Promise<void>;
  readonly now: () => number;
  readonly crashPoint: (step: string) => void;
};

/** The places between the effects, for crash tests. */
export const DISPATCH_STEPS = ['relay.dispatch-after-rows', 'relay.dispatch-before-commit'] as const;

/**
 * Hands over scheduled messages that are due, in one transaction: rows → events of the expired ones
 * → commit.
 * @returns the number of rows decided; fewer than `limit` in total means that no more are due
 */
export const dispatchDueBatch = async <Tx>(
  ports: DispatchPorts<Tx>,
  limit: number,
): Promise<{ readonly handed: number; readonly expired: number }> =>
  ports.inTransaction(async (tx) => {
    const now = ports.now();
    const { handed, expired } = await ports.dispatchDue(tx, limit, now);
    ports.crashPoint('relay.dispatch-after-rows');
    if (expired.length > 0) {
      await ports.publish(
        expired.map((message) => toTerminalEvent(message, { status: 'EXPIRED', reason: 'EXPIRED' }, now)),
      );
    }
    ports.crashPoint('relay.dispatch-before-commit');
    return { handed, expired: expired.length };
  });
