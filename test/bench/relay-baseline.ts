import type { LedgerEntry } from '../../services/exchange-relay/core/ledger-entry';
import { createHandOver } from '../../services/exchange-relay/sql/hand-over';
import { openDatabase } from '../../shared/database/open-database';
import { inTransaction } from '../../shared/database/transaction';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';

/**
 * Measures the relay's statement alone, fed from memory: no Kafka, no decoding, no validation, no
 * offset rows. Runs as a process of its own, like the relay.
 */
const main = async (): Promise<void> => {
  const [url = '', count = '0', batchSize = '1000', slots = '2'] = process.argv.slice(2);
  const db = openDatabase({ url, applicationName: 'bench', poolMax: Number(slots) + 1, statementTimeoutMs: 60_000 });
  const handOver = createHandOver(db.engine, loadExchangeMapping());
  const now = Date.now();
  const batches: LedgerEntry[][] = [];
  for (let at = 0; at < Number(count); at += Number(batchSize)) {
    const entries = Array.from({ length: Math.min(Number(batchSize), Number(count) - at) }, (_, index) => ({
      messageId: `m-${at + index}`,
      appId: 'billing',
      extCode: '01',
      destAddr: `86138${String(at + index).padStart(8, '0')}`,
      content: `停电通知 ${at + index}`,
      priority: 1,
      needReport: true,
      context: null,
      status: 'HANDED' as const,
      reason: null,
      scheduledAt: null,
      expiresAt: now + 86_400_000,
      createdAt: now,
      partCount: 1,
    }));
    batches.push(entries.sort((a, b) => (a.messageId < b.messageId ? -1 : 1)));
  }
  // open connections and prepared statements first, as they are after the relay's first batches
  await Promise.all(Array.from({ length: Number(slots) }, () => inTransaction(db, (tx) => handOver(tx, [], now))));
  const startedAt = performance.now();
  let next = 0;
  const feed = async (): Promise<void> => {
    for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) {
      const entries = batch;
      await inTransaction(db, (tx) => handOver(tx, entries, Date.now()));
    }
  };
  await Promise.all(Array.from({ length: Number(slots) }, feed));
  process.stdout.write(`${performance.now() - startedAt}\n`);
  await db.close();
};

void main();
