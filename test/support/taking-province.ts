import { forEngine, type PerEngine } from '../../shared/database/database';
import { textColumn } from '../../shared/database/oracle/oracle-columns';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import type { BridgeWorld } from './bridge-world';
import { NAMED_MESSAGES } from './handed-messages';
import type { TestDatabase } from './test-database';

/**
 * Deletes the rows of the exchange table and returns their messageIds, looked up in the ledger at
 * that moment: a message handed over again under another MSG_ID is seen twice.
 */
export type TakeRows = () => Promise<readonly string[]>;

const TAKE: PerEngine<(database: TestDatabase, mapping: ExchangeMapping) => TakeRows> = {
  pg:
    ({ db }, { tables, columns: { send } }) =>
    async () => {
      const { rows } = await db.query<{ id: string }>(
        `DELETE FROM ${tables.send} c RETURNING coalesce((SELECT m.message_id FROM ${NAMED_MESSAGES} m WHERE m.msg_id = c.${send.msgId}), c.${send.msgId}) AS id`,
      );
      return rows.map(({ id }) => id);
    },
  oracledb:
    ({ db }, { tables, columns: { send } }) =>
    () =>
      db.transaction(async ({ oracle }) => {
        const { rows } = await oracle.execute<{ id: string; msg_id: string }>(
          `SELECT C.${send.msgId} AS MSG_ID, NVL(M.MESSAGE_ID, C.${send.msgId}) AS ID FROM ${tables.send} C LEFT JOIN ${NAMED_MESSAGES} M ON M.MSG_ID = C.${send.msgId}`,
        );
        const ids = rows.map(({ msg_id }) => [msg_id]);
        const { rowCounts } = await oracle.executeMany(`DELETE FROM ${tables.send} WHERE ${send.msgId} = :1`, ids, [
          textColumn(64),
        ]);
        return rows.flatMap(({ id }, index) => (rowCounts[index] === 1 ? [id] : []));
      }),
};

export const openTakeRows = (database: TestDatabase, mapping: ExchangeMapping = loadExchangeMapping()): TakeRows =>
  forEngine(database.engine, TAKE)(database, mapping);

/**
 * Creates the simplest province: it takes every row of the exchange table and counts how often it
 * saw each message. For tests that need no replies; otherwise the simulator's journal counts.
 */
export const createTaking = (database: TestDatabase, mapping: ExchangeMapping = loadExchangeMapping()) => {
  const taken = new Map<string, number>();
  const takeRows = openTakeRows(database, mapping);
  return {
    taken,
    take: async (): Promise<void> => {
      for (const id of await takeRows()) taken.set(id, (taken.get(id) ?? 0) + 1);
    },
    /** Messages that were taken more than once. */
    duplicates: (): string[] => [...taken].filter(([, times]) => times > 1).map(([id]) => id),
  };
};

/** Takes rows as they come, until it is stopped. */
export const startTaking = (world: BridgeWorld, mapping?: ExchangeMapping) => {
  const { take, ...taking } = createTaking(world.database, mapping);
  let stopped = false;
  const loop = (async () => {
    while (!stopped) {
      await take();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    ...taking,
    stop: async (): Promise<void> => {
      stopped = true;
      await loop;
      await take();
    },
  };
};
