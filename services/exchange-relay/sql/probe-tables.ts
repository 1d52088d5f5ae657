import { randomUUID } from 'node:crypto';
import type { Database } from '../../../shared/database/database';
import { rolledBack } from '../../../shared/database/rolled-back';
import type { LedgerEntry } from '../core/ledger-entry';
import type { HandOver } from './hand-over';

const HOUR_MS = 3_600_000;
/** Long enough for a loaded server, and short compared with what a locked table holds up. */
const PATIENCE_MS = 500;

type Application = { readonly appId: string; readonly extCode: string | null };

/**
 * Returns valid messages from the plainest to the longest. If these can be entered and a record
 * cannot, the record is to blame. Their application is a registered one, because the province may
 * check its name.
 */
const toTestEntries = (
  applications: readonly Application[],
  contentMax: number,
  now: number,
): readonly LedgerEntry[] => {
  const [longest = { appId: 'preflight', extCode: null }] = [...applications].sort(
    (a, b) => b.appId.length - a.appId.length || (a.appId < b.appId ? -1 : 1),
  );
  const entry = (priority: number, change: Partial<LedgerEntry>): LedgerEntry => ({
    messageId: `preflight-${randomUUID()}`,
    appId: longest.appId,
    extCode: longest.extCode,
    destAddr: '8613800138000',
    content: '测试',
    priority,
    needReport: true,
    context: null,
    status: 'HANDED',
    reason: null,
    scheduledAt: null,
    expiresAt: now + HOUR_MS,
    createdAt: now,
    partCount: 1,
    ...change,
  });
  return [
    entry(0, { extCode: null, needReport: false, content: 'test' }),
    entry(1, {}),
    entry(2, { scheduledAt: now, destAddr: '8613900139000' }),
    entry(3, {
      messageId: `preflight-${randomUUID()}`.padEnd(64, '0'),
      extCode: '9'.repeat(20),
      // the longest number that E.164 allows
      destAddr: '9'.repeat(15),
      content: '测'.repeat(contentMax),
      context: '测'.repeat(512),
      expiresAt: now + 72 * HOUR_MS,
      scheduledAt: now,
      partCount: 15,
    }),
  ].sort((a, b) => (a.messageId < b.messageId ? -1 : 1));
};

/**
 * Creates a probe that hands test rows over, in the ledger and in the exchange table, and rolls
 * them back. It resolves if valid messages can be handed over.
 * @throws BridgeError a fault of the tables, a lock on them, or DB_UNAVAILABLE
 */
export const createProbeTables =
  (
    db: Database,
    handOver: HandOver,
    options: { readonly applications: () => readonly Application[]; readonly contentMax: number },
  ) =>
  async (): Promise<void> => {
    const now = Date.now();
    const entries = toTestEntries(options.applications(), options.contentMax, now);
    await rolledBack(db, async (tx) => void (await handOver(tx, entries, now, PATIENCE_MS)));
  };
