import type { ExchangeNames } from '../../services/shared/exchange/exchange-names';
import { loadExchangeNames } from '../../services/shared/exchange/exchange-names';
import type { BridgeWorld } from './bridge-world';

/**
 * The least of a province: takes every row of the exchange table as it comes and counts how often it saw each message. What the simulator's journal
 * does in its process, for tests that need no answers.
 */
export const startTaking = (world: BridgeWorld, names: ExchangeNames = loadExchangeNames()) => {
  const taken = new Map<string, number>();
  const { send } = names.columns;
  let stopped = false;
  const takeOnce = async (): Promise<void> => {
    const { rows } = await world.database.db.query<Record<string, string>>(
      `DELETE FROM ${names.tables.send} RETURNING ${send.msgId} AS id`,
    );
    for (const { id } of rows) taken.set(id as string, (taken.get(id as string) ?? 0) + 1);
  };
  const loop = (async () => {
    while (!stopped) {
      await takeOnce();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    taken,
    /** messages that were taken more than once */
    duplicates: (): string[] => [...taken].filter(([, times]) => times > 1).map(([id]) => id),
    stop: async (): Promise<void> => {
      stopped = true;
      await loop;
      await takeOnce();
    },
  };
};
